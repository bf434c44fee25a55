"""What is peculiar to the asset register."""
