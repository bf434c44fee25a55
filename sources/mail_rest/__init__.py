"""Mail over the REST administration interface of a mail system."""
