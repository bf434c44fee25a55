"""Unlock an account."""
