"""What can be done: the one road of a write."""
