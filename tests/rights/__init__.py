"""What the sandbox's own policy gives: every team, every label, every kind of employee."""
