"""Backup: everything an installation keeps, put aside while it runs, and put back."""
