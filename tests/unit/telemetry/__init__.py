"""What is told of the gateway's work, looked at from outside."""
