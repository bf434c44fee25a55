"""Block a badge."""
