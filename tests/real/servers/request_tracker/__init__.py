"""Service desk, RT REST 2.0."""
