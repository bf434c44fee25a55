"""What is peculiar to Salt."""
