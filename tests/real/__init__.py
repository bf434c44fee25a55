"""The project against real servers: nothing here was written to please it."""
