"""Welcome a newcomer."""
