"""What is peculiar to Active Directory."""
