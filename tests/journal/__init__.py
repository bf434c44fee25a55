"""The journal on both databases: the same tests on a file and on a PostgreSQL server."""
