"""Policy rows: small changes of stored versions, each within somebody's transaction."""

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from authz.tables import PolicyApproval, PolicyGeneration, PolicyVersion


async def spend(session: AsyncSession, *hashes: str) -> None:
    """An agreement is good for one act: what was put in force, rejected or proposed again has to be agreed to anew."""
    await session.execute(delete(PolicyApproval).where(col(PolicyApproval.hash).in_(hashes)))


async def moved(session: AsyncSession, hash_: str, **changes: object) -> None:
    """Change a version's row and let every process look."""
    generation = update(PolicyGeneration).where(col(PolicyGeneration.id) == 1)
    await session.execute(generation.values(number=col(PolicyGeneration.number) + 1))
    row = update(PolicyVersion).where(col(PolicyVersion.hash) == hash_)
    await session.execute(row.values(**changes))
