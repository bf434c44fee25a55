"""A PostgreSQL database for figures: on the server that OKNO_TEST_POSTGRES names, or on one of our own."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from uuid import uuid4

import psycopg

from tests.unit.audit.own_postgres import lacking, own_postgres


@contextmanager
def server_for_bench() -> Iterator[str | None]:
    """The address of an empty database; None, and why is printed, where there can be none."""
    with ExitStack() as stack:
        server = os.environ.get("OKNO_TEST_POSTGRES")
        if not server:
            why = lacking()
            if why is not None:
                print(f"not measured on PostgreSQL: {why}")
                yield None
                return
            server = stack.enter_context(own_postgres()).url
        name = f"okno_{uuid4().hex[:12]}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        yield f"{server.rsplit('/', 1)[0]}/{name}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
