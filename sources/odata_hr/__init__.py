"""A personnel system over OData v4 behind the port `hr`."""
