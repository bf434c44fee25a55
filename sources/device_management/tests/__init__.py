"""What is peculiar to device management."""
