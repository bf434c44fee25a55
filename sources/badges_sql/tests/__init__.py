"""What is peculiar to the badge database."""
