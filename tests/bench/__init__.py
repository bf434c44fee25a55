"""Figures: what a request costs the gateway's processor, and how many calls it costs each source."""
