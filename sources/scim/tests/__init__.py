"""What is peculiar to the SCIM directory."""
