"""Install software."""
