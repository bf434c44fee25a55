"""A stand over the real servers: the same short ways to act as over the twins."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gateway.app import Gateway, close_gateway, open_gateway
from gateway.settings import load_installation
from operations.kit.sending import Pace
from resolvers.replies import Reply
from resolvers.request import Request
from sources.ports.errors import SourceError
from tests.operations.stand import _TEAM, Stand
from tests.operations.test_every_operation import ended
from tests.real.installation import in_order, write
from tests.real.provider import RealProvider
from tests.real.seeding.ldap import Ldap
from tests.real.servers.place import place
from tests.real.servers.server import Facts
from tests.real.systems import REAL, required
from tests.sandbox import ALL_SEEING, add_all_seeing

PACE: Final = Pace(margin=1.0, poll=0.2, poll_most=1.0, settle=2.0, longest=20.0)


@dataclass(frozen=True, slots=True)
class OverReal:
    """What a stand takes for its sandbox: a gateway, and no twins."""

    gateway: Gateway

    async def ask(self, query: str, variables: dict[str, Any], *, login: str = ALL_SEEING) -> Reply:
        """An answer past every cache."""
        viewer = self.gateway.viewers.viewer(login)
        assert viewer is not None, login
        return await self.gateway.road.answer(Request(query, variables, None, True), viewer)


@dataclass(slots=True)
class RealStand(Stand):
    """A stand whose people are those that the directory tells. Shape: `factored` may be asked about for second factors."""

    logins: tuple[str, ...] = ()
    factored: frozenset[str] = frozenset()

    async def people(self) -> list[Any]:
        """Everybody who works here."""
        found = await self.asked("directory", "people_by_login", *self.logins)
        return [each for each in found if each is not None and each.active]

    async def asked(self, port: str, question: str, *keys: Any) -> list[Any]:
        """Answers of a port; of second factors only for a few, as each person costs a slow call of their own.

        A server that was slow is asked again, twice at most.
        """
        few = [each for each in keys if question != "second_factors_of" or each.login in self.factored]
        for _ in range(3):
            found = await super(RealStand, self).asked(port, question, *few)
            if not any(isinstance(each, SourceError) for each in found):
                break
        answers = dict(zip(few, found, strict=True))
        return [answers.get(each, ()) for each in keys]

    async def with_ticket(self, employee: str) -> str:
        """An open ticket of the employee's; the server takes its time."""
        if employee not in self.tickets:
            said = {"queue": "General", "subject": "Something is wrong", "text": "It does not work."}
            answer = await ended(self, await self.act("create_ticket", employee, said, mode="APPLY"))
            assert answer["operation"]["state"] == "SUCCEEDED", answer
            self.tickets[employee] = answer["operation"]["steps"][0]["made"]
        return self.tickets[employee]

    async def shown(self, employee: str, selection: str) -> Any:
        """What the gateway shows of an employee, past every cache."""
        query = f"query($id: ID!) {{ node(id: $id) {{ ... on Employee {{ {selection} }} }} }}"
        reply = await self.sandbox.ask(query, {"id": employee}, login=ALL_SEEING)
        assert "errors" not in reply.body, reply.body["errors"]
        return reply.body["data"]["node"]


@asynccontextmanager
async def acting(folder: Path, provider: RealProvider) -> AsyncIterator[RealStand]:
    """A gateway over every real server, in which somebody may do everything."""
    facts = {each.server: required(each.server) for each in REAL}
    for each in in_order(REAL):
        provider.filled(each.source)
    write(folder, facts)
    add_all_seeing(folder)
    (folder / "teams/all_doing.yaml").write_text(_TEAM, encoding="utf-8")
    gateway = await open_gateway(load_installation(folder), pace=PACE)
    await gateway.sweeper.stop()
    try:
        logins = tuple(each.login for each in provider.filled("directory").people)
        factored = frozenset(each.owner_login for each in provider.filled("second_factors").second_factors)
        yield RealStand(OverReal(gateway), folder / "okno.db", logins=logins, factored=factored)  # type: ignore[arg-type]  # a gateway without twins
    finally:
        await close_gateway(gateway)
        for server, note in (("samba", "filled"), ("request_tracker", "filled.json")):
            # what was written is not what they were filled with: the next filling begins anew
            (place().data(server) / note).unlink(missing_ok=True)


def signs_in(facts: Facts, user: str, password: str) -> bool:
    """Whether a directory lets somebody in."""
    them = {"them": {"user": user, "password": password}}
    try:
        with Ldap({**facts, "credentials": them}, "them"):
            return True
    except Exception as refused:
        if type(refused).__name__ != "AuthenticationError":  # the library is there only where a server is
            raise
        return False
