"""What looks wrong in the trail, found by reading it in order."""
