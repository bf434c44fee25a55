"""An asset register over GraphQL behind the port `equipment`."""
