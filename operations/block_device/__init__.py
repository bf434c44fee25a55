"""Block a device."""
