"""The door: what holds of whoever speaks to the gateway over the wire, and of what they may send."""
