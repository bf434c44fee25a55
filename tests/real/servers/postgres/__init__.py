"""PostgreSQL with the databases of three systems."""
