"""HR system, OData v4."""
