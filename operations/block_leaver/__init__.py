"""Block a leaver."""
