"""What is peculiar to the personnel system."""
