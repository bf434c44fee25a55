"""Revoking: sign-ins and tokens taken back by somebody else, or by their own person."""

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from gateway.deeds import Deed
from gateway.identity.sessions import Sessions
from gateway.identity.tables import Session, Token
from gateway.standing import Refused, Standing, Who
from operations.kit.acts.rights import RightsLine
from sources.ports.call import utc_now


async def revoking_session(
    standing: Standing, sessions: Sessions, who: Who, login: str, session_id: str | None, *, console: bool
) -> Deed:
    """Look at ending a sign-in, or all of somebody's. Raises: Refused."""
    asked: tuple[str, ...] = ()
    if not console and not who.is_same(login):  # everybody may sign themselves out, wherever they are signed in
        asked = await standing.demand(who, "revoke_session")
    found = [each for each in await sessions.of_login(login) if session_id in (None, each.id)]
    if not found and session_id is not None:
        raise Refused("UNKNOWN_SESSION", f"{login} has no such sign-in that is good")
    ids = sorted(each.id for each in found)

    async def end(session: AsyncSession) -> None:
        which = col(Session.login) == login
        if session_id is not None:
            which &= col(Session.id) == session_id
        await session.execute(delete(Session).where(which))

    lines = tuple(
        RightsLine(False, login, f"the sign-in since {each.created_at:%Y-%m-%d %H:%M} UTC", "good", "ended", "at once")
        for each in found
    )
    return Deed(
        code="session.revoked",
        about=login,
        words="sessions revoked",
        summary=f"{len(ids)} sign-in{'' if len(ids) == 1 else 's'} of {login} ended",
        change=end,
        obligations=asked,
        lines=lines,
        basis=(login, session_id, list(ids)),
        concerns=login,
        details={"sessions": list(ids), **({"session": session_id} if session_id else {})},
    )


async def revoking_token(standing: Standing, who: Who, token_id: str, *, console: bool) -> Deed:
    """Look at taking a service's token back. Raises: Refused."""
    asked = () if console else await standing.demand(who, "revoke_token")
    async with standing.store.session() as session:
        row = (await session.execute(select(Token).where(col(Token.id) == token_id))).scalar_one_or_none()
    if row is None or row.kind != "SERVICE":
        raise Refused("UNKNOWN_TOKEN", f"no token {token_id!r} that could be taken back")
    if row.revoked_at is not None:
        raise Refused("STATE", f"{token_id} was taken back already, by {row.revoked_by}")

    async def take(session: AsyncSession) -> None:
        still = (col(Token.id) == token_id) & col(Token.revoked_at).is_(None)
        taken = update(Token).where(still).values(revoked_at=utc_now(), revoked_by=who.login)
        if getattr(await session.execute(taken), "rowcount", 0) != 1:
            raise Refused("STATE", f"{token_id}: somebody was quicker")

    line = RightsLine(False, row.login, f"the token {token_id}", ", ".join(row.scopes or ()), "worthless", "at once")
    return Deed(
        code="token.revoked",
        about=token_id,
        words="token revoked",
        summary=f"the token {token_id} of {row.login} is worthless",
        change=take,
        obligations=asked,
        lines=(line,),
        basis=(token_id, row.login),
        concerns=row.login,
        details={"service": row.login},
    )
