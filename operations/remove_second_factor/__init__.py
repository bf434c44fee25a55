"""Remove a second factor."""
