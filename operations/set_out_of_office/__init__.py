"""Set the automatic reply."""
