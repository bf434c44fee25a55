"""Wipe a device."""
