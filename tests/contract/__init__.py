"""What every source owes its ports: one suite, run on each source that is found, on twins and on real servers alike."""
