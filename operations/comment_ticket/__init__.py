"""Comment on a ticket."""
