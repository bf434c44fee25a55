"""Where people are signed in, asked of the identity provider."""

from collections.abc import Sequence
from typing import Any, ClassVar, Final
from urllib.parse import quote

from sources.identity_sessions import mapping
from sources.kit.oauth import OAuthTransport
from sources.kit.reading import BadData, optional_text, rows
from sources.kit.source import Instance, Source
from sources.ports.call import CallContext
from sources.ports.errors import Answer, SourceError
from sources.ports.keys import EmployeeRef
from sources.ports.question import Need
from sources.ports.sessions import IdentitySession
from sources.ports.write import TAKEN, Written

PAGE: Final = 500
_MOST_PAGES: Final = 20
_GONE: Final = 404


class IdentityProvider(Source):
    """Sessions by the directory's id of a person: one search per batch, further pages only beyond 500 sessions.

    The search has no projection: a session is small and the provider always tells all of it.
    """

    system: ClassVar[str] = "identity_sessions"

    def __init__(self, instance: Instance) -> None:
        super().__init__(instance)
        realm = quote(self.settings.get("realm", "corp"), safe="")
        self.admin = f"/admin/realms/{realm}"
        self.api = OAuthTransport(
            self.http(self.settings["url"]),
            f"/realms/{realm}/protocol/openid-connect/token",
            self.settings["client_id"],
            self.settings["client_secret"],
        )

    async def start(self, call: CallContext) -> None:
        """Sign in, so that the first question does not wait for it."""
        await self.api.sign_in(call)

    async def close(self) -> None:
        """Close all connections."""
        await self.api.close()

    async def sessions_of(
        self,
        keys: Sequence[EmployeeRef],
        need: Need,  # noqa: ARG002 - a session is always told whole
        call: CallContext,
    ) -> Sequence[Answer[tuple[IdentitySession, ...]]]:
        """Sessions of each; who has no directory id has none. Source: `POST …/sessions/search`."""
        users = [key.directory_id and key.directory_id.casefold() for key in keys]
        wanted = list(dict.fromkeys(user for user in users if user))
        if not wanted:
            return [()] * len(keys)
        answers = mapping.sessions(self.name, wanted, await self._search(wanted, call))
        found = dict(zip(wanted, answers, strict=True))
        return [found[user] if user else () for user in users]

    async def terminate(self, holder: EmployeeRef, session_id: str, call: CallContext) -> Written:
        """End one of the holder's sessions; nothing is sent for one that the holder does not have (any more).

        Source: `DELETE …/sessions/{id}`, which would end anybody's.
        """
        user = self._user(holder)
        (mine,) = mapping.sessions(self.name, [user], await self._search([user], call))
        if isinstance(mine, SourceError):
            raise mine
        if session_id not in {each.session_id for each in mine or ()}:
            return TAKEN
        path = f"{self.admin}/sessions/{quote(session_id, safe='')}"
        await self.api.request("DELETE", path, call, write="terminate", accept=(200, 204, _GONE))
        return TAKEN

    async def terminate_all(self, holder: EmployeeRef, call: CallContext) -> Written:
        """End every session of the holder. Source: `POST …/users/{id}/logout`."""
        path = f"{self.admin}/users/{quote(self._user(holder), safe='')}/logout"
        await self.api.request("POST", path, call, write="terminate_all", accept=(200, 204))
        return TAKEN

    def _user(self, holder: EmployeeRef) -> str:
        """The provider's id of a person. Raises: SourceError for who has none."""
        if not holder.directory_id:
            raise SourceError("SOURCE_REJECTED", self.name, "the holder has no directory id")
        return holder.directory_id.casefold()

    async def _search(self, users: Sequence[str], call: CallContext) -> list[Any]:
        """All sessions of these users, page after page; pages without an end are bad data."""
        found: list[Any] = []
        after: str | None = None
        for _ in range(_MOST_PAGES):
            wanted = {"userIds": users, "max": PAGE, **({"after": after} if after else {})}
            answer = await self.api.request("POST", f"{self.admin}/sessions/search", call, json=wanted)
            found += rows(answer.body, "sessions")
            after = optional_text(answer.body, "next")
            if after is None:
                return found
        raise BadData(f"next: more than {_MOST_PAGES} pages")
