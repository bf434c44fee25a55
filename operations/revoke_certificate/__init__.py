"""Revoke a certificate."""
