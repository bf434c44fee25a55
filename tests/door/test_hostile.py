"""What holds of hostile documents and bodies: each is refused by its code, before anything is asked, and nothing is told by it."""

import asyncio
import io

import aiohttp
import pytest

from gateway.media import MODERN
from tests.door.conftest import Door
from tests.door.hostile import BODIES, HOSTILE, said

pytest_plugins = ("tests.operations.floor",)


@pytest.mark.parametrize("name", HOSTILE)
async def test_it_is_refused_before_anything_is_asked(door: Door, name: str) -> None:
    assert (await door.ask({"query": "{ viewer { login } }"})).status == 200  # who asks is known
    door.stand.sandbox.forget_calls()
    answer = await door.ask(said(name), Accept=MODERN)
    assert (answer.status, set(answer.codes)) == (400, {HOSTILE[name][1]}), answer.text[:300]
    assert "data" not in answer.body
    assert len(answer.text) < 20_000, "a refusal is short"
    assert "did you mean" not in answer.text.lower(), "nobody is helped to guess"
    assert door.stand.sandbox.calls() == {}


@pytest.mark.parametrize("name", BODIES)
async def test_a_body_that_is_none_is_refused(door: Door, name: str) -> None:
    content, status, code = BODIES[name]
    headers = {**await door.bearer("all.seeing"), "Content-Type": "application/json", "Accept": MODERN}
    async with (
        aiohttp.ClientSession() as session,
        session.post(door.url, data=io.BytesIO(content), headers=headers) as answer,
    ):
        body = await answer.json(content_type=None)
    assert (answer.status, [each["extensions"]["code"] for each in body["errors"]]) == (status, [code])


async def test_an_honest_client_is_answered_among_them(door: Door) -> None:
    """All of them at the same time as some honest ones: each is answered as it should be."""

    async def hostile(name: str) -> bool:
        return set((await door.ask(said(name))).codes) == {HOSTILE[name][1]}

    async def honest() -> bool:
        answer = await door.ask({"query": "{ viewer { login } }"})
        assert "data" in answer.body, answer.text
        return bool(answer.body["data"] == {"viewer": {"login": "all.seeing"}})

    names = [*HOSTILE]
    done = await asyncio.gather(*(hostile(each) for each in names), *(honest() for _ in range(20)))
    assert [name for name, good in zip([*names, *["honest"] * 20], done, strict=True) if not good] == []
