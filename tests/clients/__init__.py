"""Clients that others wrote, against the program as a user starts it."""
