"""Runs cut short at every point, and processes that are killed: what a write must hold to whatever happens."""
