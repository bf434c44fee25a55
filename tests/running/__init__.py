"""Running it: an installation made, examined, put aside, put back, and replaced while it serves."""
