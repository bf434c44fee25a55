"""The door: what every request passes before anything of ours is asked."""
