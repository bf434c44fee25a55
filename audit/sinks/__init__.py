"""Places outside that are told of every record of the trail, in order."""
