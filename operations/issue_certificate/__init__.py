"""Issue a certificate."""
