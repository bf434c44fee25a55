"""What is peculiar to privacyIDEA."""
