"""Move a ticket."""
