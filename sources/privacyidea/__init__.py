"""privacyIDEA behind the port `second_factors`."""
