"""A SCIM 2.0 directory behind the port `directory`."""
