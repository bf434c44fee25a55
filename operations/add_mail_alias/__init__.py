"""Add a mail alias."""
