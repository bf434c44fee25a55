"""Secure a lost laptop."""
