"""Device management over a REST interface as the common products have it."""
