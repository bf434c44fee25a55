"""What connectors are made of: manifests, transports that refuse unpermitted writes, resilience, twins."""
