"""What the kit promises to every connector."""
