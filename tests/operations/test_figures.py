"""The figures of what was really done over the twins: looked at, changed, read back."""

import asyncio
import time
from dataclasses import replace

from gateway.telemetry.figures import figures_of
from resolvers.request import Request
from sources.ports.call import utc_now
from tests.operations.stand import DOER, Stand


async def test_a_page_opened_and_a_change_proven_make_a_figure(stand: Stand) -> None:
    gateway = stand.sandbox.gateway
    people = await stand.people()
    person = people[7]
    viewer = gateway.viewers.viewer(DOER)
    assert viewer is not None
    query = "query($login: String!) { employee(by: {login: $login}) { login phones { number } } }"
    card = Request(query, {"login": person.login})
    engine = gateway.store.engine
    before = {(each.team, each.week): each for each in await figures_of(engine, 1, utc_now())}
    began = time.monotonic()
    reply = await gateway.road.answer(card, replace(viewer, session=f"session of {DOER}"))
    assert "errors" not in reply.body, reply.body["errors"]
    await asyncio.sleep(0.5)
    said = {"queue": "Helpdesk-BR", "subject": "Something is wrong", "text": "It does not work."}
    answer = await stand.act("create_ticket", person.employee_id, said, mode="APPLY")
    took = time.monotonic() - began
    assert answer["operation"]["state"] == "SUCCEEDED"
    (found,) = [each for each in await figures_of(engine, 1, utc_now()) if each.team == "all_doing"]
    earlier = before.get((found.team, found.week))
    assert found.kinds["create_ticket"] == (earlier.kinds["create_ticket"] if earlier else 0) + 1
    new = sorted(found.seconds)
    for each in earlier.seconds if earlier else ():
        new.remove(each)
    assert len(new) == 1
    assert 0.5 <= new[0] <= took
