"""What the road of a read does before and after the sources are asked."""
