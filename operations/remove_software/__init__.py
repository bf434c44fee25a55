"""Remove software."""
