"""What is peculiar to mail over REST."""
