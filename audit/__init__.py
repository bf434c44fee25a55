"""Proof: what was done and read, by whom and why."""
