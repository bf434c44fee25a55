"""Return a device."""
