"""Comparison: what we claim to have done, held against what the systems show."""
