"""Lock a device."""
