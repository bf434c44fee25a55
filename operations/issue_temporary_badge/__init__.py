"""Issue a temporary badge."""
