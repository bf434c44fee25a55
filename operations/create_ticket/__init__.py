"""Create a ticket."""
