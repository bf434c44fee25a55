"""Show a recovery key."""
