"""An access control system, read from its database, behind the port `badges`."""
