"""What is peculiar to OpenVPN."""
