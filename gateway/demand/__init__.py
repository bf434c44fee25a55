"""Demand: what callers' requests may cost, each and in an hour, and what they have cost."""
