"""Every operation, on twins: planned, done, replayed, refused, lost, deaf, undone."""
