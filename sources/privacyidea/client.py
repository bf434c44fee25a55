"""The second factors of employees in privacyIDEA."""

import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar, Final
from urllib.parse import quote

from sources.kit.reading import BadData, match_many, optional_text, rows, text, whole
from sources.kit.source import Instance, Source
from sources.ports.call import CallContext
from sources.ports.errors import Answer, SourceError
from sources.ports.keys import EmployeeRef
from sources.ports.question import Need
from sources.ports.second_factors import SecondFactor
from sources.ports.write import TAKEN, Written
from sources.privacyidea import mapping
from sources.privacyidea.session import Session

_PAGE: Final = 100


class PrivacyIdea(Source):
    """Tokens by login, one user a call."""

    system: ClassVar[str] = "privacyidea"

    def __init__(self, instance: Instance) -> None:
        super().__init__(instance)
        self._http = self.http(self.settings["url"])
        self._session = Session(self._http, self.settings["user"], self.settings["password"])
        self._realm = self.settings["realm"]

    async def start(self, call: CallContext) -> None:
        """Sign in before the first question."""
        await self._session.sign_in(call)

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()
        await self._http.close()

    async def second_factors_of(
        self, keys: Sequence[EmployeeRef], _need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[SecondFactor, ...]]]:
        """Tokens of each, by serial."""
        answers = await asyncio.gather(*(self._of(key.login, call) for key in keys))
        return list(answers)

    async def disable_token(self, holder: EmployeeRef, serial: str, call: CallContext) -> Written:
        """Switch a token off."""
        return await self._change(holder, serial, "disable", call)

    async def enable_token(self, holder: EmployeeRef, serial: str, call: CallContext) -> Written:
        """Switch a token on."""
        return await self._change(holder, serial, "enable", call)

    async def reset_token(self, holder: EmployeeRef, serial: str, call: CallContext) -> Written:
        """Forget the failures of a token."""
        return await self._change(holder, serial, "reset", call)

    async def remove_token(self, holder: EmployeeRef, serial: str, call: CallContext) -> Written:
        """Remove a token for good; one that nobody has any more has been removed."""
        if await self._holds(holder, serial, call):
            await self._session.write("DELETE", f"/token/{quote(serial, safe='')}", call, write="remove_token")
        return TAKEN

    async def _change(self, holder: EmployeeRef, serial: str, deed: str, call: CallContext) -> Written:
        held = await self._holds(holder, serial, call)
        sent = {"serial": serial}
        if not held or not await self._session.write("POST", f"/token/{deed}", call, json=sent, write=f"{deed}_token"):
            raise SourceError("SOURCE_REJECTED", self.name, "no such token")
        return TAKEN

    async def _holds(self, holder: EmployeeRef, serial: str, call: CallContext) -> bool:
        """Whether a token exists and is the holder's; a star would be any. Raises: SourceError where it is another's."""
        value = await self._session.get("/token/", {"serial": serial, "pagesize": str(_PAGE)}, call)
        found = [each for each in rows(value, "tokens") if text(each, "serial") == serial]
        if any((optional_text(each, "username") or "").casefold() != holder.login.casefold() for each in found):
            raise SourceError("SOURCE_REJECTED", self.name, "the token is not the holder's")
        return bool(found)

    async def _of(self, login: str, call: CallContext) -> Answer[tuple[SecondFactor, ...]]:
        """Tokens of one. The server reads more into a login than its letters (an empty one is everybody, `@` splits off
        a realm), so a token counts only if its owner is exactly the one asked for.
        """
        if not login.strip():
            return ()
        wanted, found = login.casefold(), list[Any]()
        for page in range(1, 100):
            params = {
                "user": login,
                "realm": self._realm,
                "pagesize": str(_PAGE),
                "page": str(page),
                "sortby": "serial",
            }
            value = await self._session.get("/token/", params, call)
            if value is None:
                return ()
            found += rows(value, "tokens")
            count = whole(value, "count")
            if count is None:
                raise BadData("count: missing")
            if count <= page * _PAGE:
                break
        answer = match_many(self.name, [wanted], found, mapping.owner_of, self._second_factor)[0]
        if isinstance(answer, tuple):
            return tuple(sorted(answer, key=lambda factor: factor.serial))
        return answer

    def _second_factor(self, token: Any) -> SecondFactor:
        return mapping.second_factor_of(token, self.name)
