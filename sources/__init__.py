"""Where data comes from: one folder per corporate system, behind ports."""
