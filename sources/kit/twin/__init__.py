"""What twins are made of: small real servers with faults by switch."""
