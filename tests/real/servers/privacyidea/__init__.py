"""Second factors, privacyIDEA REST."""
