"""What is peculiar to identity sessions."""
