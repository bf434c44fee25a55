"""What is peculiar to the certificate authority."""
