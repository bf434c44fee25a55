"""End sign-ins."""
