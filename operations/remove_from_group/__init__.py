"""Remove from a group."""
