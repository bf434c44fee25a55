"""Lease: whose turn it is on a database that has no locks of its own for it."""

import time

from sqlalchemy import Connection, insert, select, update
from sqlmodel import col

from audit.tables import AuditLease


def taken(connection: Connection, name: str, owner: str, seconds: float) -> bool:
    """Take or keep a lease, inside a transaction that writes; False while it is another's."""
    now = time.time()
    row = connection.execute(
        select(col(AuditLease.owner), col(AuditLease.until)).where(col(AuditLease.name) == name)
    ).first()
    # a clock that was set back must not leave the lease with a dead owner for long
    if row is not None and row.owner != owner and now < row.until <= now + 2 * seconds:
        return False
    mine = {"owner": owner, "until": now + seconds}
    if row is None:
        connection.execute(insert(AuditLease), [{"name": name, **mine}])
    else:
        connection.execute(update(AuditLease).where(col(AuditLease.name) == name).values(**mine))
    return True
