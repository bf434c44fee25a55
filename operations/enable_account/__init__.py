"""Enable an account."""
