"""What the gateway promises before and around the graph."""
