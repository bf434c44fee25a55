"""Update contact data."""
