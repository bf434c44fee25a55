"""Reset a second factor."""
