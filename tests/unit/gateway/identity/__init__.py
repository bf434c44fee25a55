"""Who asks: sign-in, sessions, tokens, memberships."""
