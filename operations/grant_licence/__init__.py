"""Grant a licence."""
