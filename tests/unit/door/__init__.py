"""The door, by itself and on the wire."""
