"""Add to a group."""
