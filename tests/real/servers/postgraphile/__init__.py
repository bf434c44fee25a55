"""Equipment register, GraphQL."""
