"""The VPN concentrator over its management interface."""

from collections.abc import Sequence
from typing import ClassVar, Final

from sources.kit.line_protocol import Dialect, LineProtocol
from sources.kit.reading import match_many
from sources.kit.source import Instance, Source
from sources.openvpn import mapping
from sources.ports.call import CallContext
from sources.ports.errors import Answer, SourceError
from sources.ports.keys import EmployeeRef
from sources.ports.question import Need
from sources.ports.vpn import VpnSession
from sources.ports.write import TAKEN, Written

DIALECT: Final = Dialect(
    greeting=">INFO:",
    words=("TITLE", "TIME", "HEADER", "CLIENT_LIST", "ROUTING_TABLE", "GLOBAL_STATS", "END"),
    notice=">",
    dying=">FATAL:",
    refused="ERROR:",
    accepted="SUCCESS:",
    prompt="ENTER PASSWORD:",
)


class OpenVpnConcentrator(Source):
    """Open tunnels by login: one command lists them all, whomever one asks about."""

    system: ClassVar[str] = "openvpn"

    def __init__(self, instance: Instance) -> None:
        super().__init__(instance)
        self.management = LineProtocol(
            self.name,
            self.settings["address"],
            DIALECT,
            self.rules,
            password=self.settings.get("password"),
            max_answer=self.manifest.max_answer,
        )
        self._naming = mapping.Naming(self.settings.get("login_from", "common_name"), self.settings.get("prefix", ""))

    async def close(self) -> None:
        """Close the connection, so that another client may have it."""
        await self.management.close()

    async def vpn_sessions_of(
        self,
        keys: Sequence[EmployeeRef],
        need: Need,  # noqa: ARG002 - a report is always told whole
        call: CallContext,
    ) -> Sequence[Answer[tuple[VpnSession, ...]]]:
        """Tunnels of each, the longest standing first. Source: `status 3`."""
        report = await self.management.ask("status 3", "END", call)
        answers = match_many(
            self.name, [key.login.casefold() for key in keys], mapping.clients(report), self._key, self._session
        )
        return [tuple(sorted(each, key=_age)) if isinstance(each, tuple) else each for each in answers]

    async def disconnect(self, holder: EmployeeRef, session_id: str, call: CallContext) -> Written:
        """Close one of the holder's tunnels; nothing is sent for one that the holder does not have (any more).

        Source: `client-kill`. Numbers are given anew after a restart, so whose tunnel it is gets looked up first.
        """
        mine, _ = await self._tunnels(holder, call)
        if session_id not in {self._session(row).session_id for row in mine}:
            return TAKEN
        if not session_id.isdecimal():
            raise SourceError("SOURCE_REJECTED", self.name, "this server numbers no clients: all tunnels at once only")
        await self.management.send(f"client-kill {session_id}", DIALECT.accepted, call, write="disconnect")
        return TAKEN

    async def disconnect_all(self, holder: EmployeeRef, call: CallContext) -> Written:
        """Close every tunnel of the holder at once; nothing is sent where there is none.

        Source: `kill`, which takes one common name and closes everybody's tunnels under it.
        """
        mine, others = await self._tunnels(holder, call)
        names = {mapping.common_name(row) for row in mine}
        if not names:
            return TAKEN
        if len(names) > 1 or names & {mapping.common_name(row) for row in others}:
            raise SourceError("SOURCE_REJECTED", self.name, "no one common name for these tunnels alone: close each")
        await self.management.send(f"kill {quoted(names.pop())}", DIALECT.accepted, call, write="disconnect_all")
        return TAKEN

    async def _tunnels(self, holder: EmployeeRef, call: CallContext) -> tuple[list[mapping.Row], list[mapping.Row]]:
        """Tunnels of the holder, and those of all others. Raises: SourceError, BadData for a row of nobody."""
        login = holder.login.casefold()
        mine: list[mapping.Row] = []
        others: list[mapping.Row] = []
        for row in mapping.clients(await self.management.ask("status 3", "END", call)):
            (mine if login and self._key(row) == login else others).append(row)
        return mine, others

    def _key(self, row: mapping.Row) -> str | None:
        login = self._naming.login(row)
        return None if login is None else login.casefold()

    def _session(self, row: mapping.Row) -> VpnSession:
        return mapping.session_of(row, self._naming.login(row) or "", self.name)


def _age(session: VpnSession) -> tuple[float, str]:
    return session.connected_at.timestamp(), session.session_id


def quoted(name: str) -> str:
    """A name as one argument of a command, whatever it holds. Source: OpenVPN's parser of command lines."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
