"""Single sign-on sessions of an identity provider."""
