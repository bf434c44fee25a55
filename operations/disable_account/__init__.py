"""Disable an account."""
