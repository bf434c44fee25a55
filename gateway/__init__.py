"""Puts everything together; nobody imports it."""
