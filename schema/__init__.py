"""What the graph says: one file per noun; reading this folder alone, one sees all that can be read."""
