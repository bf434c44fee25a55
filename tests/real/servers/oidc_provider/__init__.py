"""OpenID Connect provider."""
