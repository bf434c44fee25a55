"""Assign a device."""
