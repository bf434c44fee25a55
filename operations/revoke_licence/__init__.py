"""Revoke a licence."""
