"""Runs to be followed: a password to be reset that waits until somebody else agrees, so that a test decides when it goes on."""

import asyncio
import uuid
from dataclasses import dataclass
from typing import Any, Final

from tests.process.okno import Running, asked

ABOUT: Final = """{ employee(by: {login: "employee"}) {
  id account { id } secondFactors { edges { node { serial active } } } tickets(first: 20) { edges { node { number status } } }
} }"""
_PAYLOAD: Final = "operation { id state approvals { planHash } } problems { code message }"


@dataclass(frozen=True, slots=True)
class Run:
    """A run that waits. Shape: `hash` names the plan that is to be agreed to, `key` the wish."""

    id: str
    hash: str
    key: str


@dataclass(frozen=True, slots=True)
class Runs:
    """Begins runs as one operator and agrees to them as another."""

    url: str
    doer: str
    other: str
    employee: str
    account: str
    ticket: str

    async def waiting(self) -> Run:
        """A run that waits for another person."""
        key = uuid.uuid4().hex
        said = await self._acted(self.doer, "resetPassword", key, account=self.account)
        run = said["operation"]
        assert run["state"] == "AWAITING_APPROVAL", said
        return Run(run["id"], run["approvals"][0]["planHash"], key)

    async def agree(self, run: Run) -> None:
        """Let it go on: somebody else agrees, and whoever wished it is there again to be shown the password."""
        given = {"operation": run.id, "planHash": run.hash, "agrees": True}
        said = await self._mutated(self.other, "approveOperation", given)
        assert said["problems"] == [], said
        said = await self._acted(self.doer, "resetPassword", run.key, account=self.account)
        assert said["operation"]["id"] == run.id, said

    async def _acted(self, token: str, name: str, key: str, **given: Any) -> dict[str, Any]:
        purpose = {"reason": "because of the test", "ticket": self.ticket}
        wish = {"employee": self.employee, "idempotencyKey": key, "purpose": purpose, "mode": "APPLY"}
        return await self._mutated(token, name, {**wish, **given})

    async def _mutated(self, token: str, name: str, given: dict[str, Any]) -> dict[str, Any]:
        query = f"mutation($input: {name[0].upper()}{name[1:]}Input!) {{ it: {name}(input: $input) {{ {_PAYLOAD} }} }}"
        _status, body = await asyncio.to_thread(asked, self.url, query, token, {"input": given})
        assert "errors" not in body, body
        answer: dict[str, Any] = body["data"]["it"]
        return answer


async def prepared(running: Running) -> Runs:
    """A second factor of somebody is switched off: from now on a second person must agree before their password is reset."""
    doer, other = running.tokens("helpdesk.br", "identity")
    _status, body = asked(running.url, ABOUT, doer)
    found = body["data"]["employee"]
    tickets = [each["node"]["number"] for each in found["tickets"]["edges"] if each["node"]["status"] == "OPEN"]
    runs = Runs(running.url, doer, other, found["id"], found["account"]["id"], tickets[0])
    factors = [each["node"]["serial"] for each in found["secondFactors"]["edges"] if each["node"]["active"]]
    said = await runs._acted(other, "disableSecondFactor", uuid.uuid4().hex, serial=factors[0])
    assert said["operation"]["state"] == "SUCCEEDED", said
    return runs
