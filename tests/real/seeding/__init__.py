"""Filling real servers with the made-up company, each by its own protocol; what is there of an earlier filling goes."""
