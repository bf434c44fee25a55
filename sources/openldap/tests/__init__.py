"""What is peculiar to OpenLDAP."""
