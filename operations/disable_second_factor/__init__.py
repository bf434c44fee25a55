"""Disable a second factor."""
