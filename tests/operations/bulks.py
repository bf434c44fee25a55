"""Bulks: ways to ask for one operation on many employees of the shop, and to see what comes of it."""

import itertools
from collections.abc import Sequence
from typing import Any

from resolvers import ids
from tests.operations.acting import (
    DOER,
    Answer,
    asked,
    mutate,
    new_key,
    viewer_of,
)
from tests.operations.shopping import until
from tests.operations.stand import Stand

_BULK = """
  id name state by size problem { code } progress { state count }
  items { number state attempts problem { code message } operation { id name state origin parent } employee { login } }
"""
_ANSWER = f"""
  previews {{ plan {{ hash already changes {{ field }} }} problems {{ code }} employee {{ login }} }}
  bulk {{ {_BULK} }} problems {{ __typename code message path }}
"""
_products = itertools.count(1)


def items(people: Sequence[Any], shop: Stand, **more: Any) -> list[Answer]:
    """The employees of a bulk, each with their ticket."""
    return [
        {
            "employee": ids.encode("Employee", "directory", each.employee_id),
            "ticket": shop.tickets.get(each.employee_id),
            **more,
        }
        for each in people
    ]


async def start(
    shop: Stand, operation: Answer, wanted: list[Answer], *, login: str = DOER, mode: str = "APPLY", **more: Any
) -> Answer:
    """What is answered when a bulk is asked for."""
    given = {
        "operation": operation,
        "items": wanted,
        "purpose": {"reason": "because of the test"},
        "idempotencyKey": new_key(),
        "mode": mode,
        **more,
    }
    return await mutate(shop, "start_bulk", given, _ANSWER, viewer=viewer_of(shop, login))


async def on(shop: Stand, act: str, bulk: str, login: str = DOER) -> Answer:
    """What is answered to an act on a bulk."""
    return await mutate(shop, act, {"bulk": bulk}, _ANSWER, viewer=viewer_of(shop, login))


async def bulk_of(shop: Stand, id_: str, login: str = DOER) -> Any:
    """A bulk as it stands."""
    query = f"query($id: ID!) {{ bulk(id: $id) {{ {_BULK} }} }}"
    body = await asked(shop, query, {"id": id_}, viewer_of(shop, login))
    assert "errors" not in body, body["errors"]
    return body["data"]["bulk"]


async def over(shop: Stand, answer: Answer, *states: str) -> Answer:
    """The bulk of an answer, once it is over, or in one of these states."""
    assert answer["bulk"] is not None, answer["problems"]

    async def look() -> Any:
        found = await bulk_of(shop, answer["bulk"]["id"])
        return found if found["state"] in (states or ("ENDED",)) else None

    found: Answer = await until(look, 30)
    return found


def progress(bulk: Answer) -> dict[str, int]:
    """How many stand where."""
    return {each["state"]: each["count"] for each in bulk["progress"]}


async def licensed(shop: Stand, person: Any) -> list[str]:
    """Products that somebody has a seat of, by the system itself."""
    (found,) = await shop.asked("software", "licences_of", person.ref)
    return [each.product for each in found]


async def unlicensed(shop: Stand, many: int) -> tuple[str, list[Any]]:
    """A product, and so many people who have no seat of it."""
    people = await shop.people()
    answers = await shop.asked("software", "licences_of", *[each.ref for each in people])
    products = sorted({each.product for several in answers for each in several})
    product = products[next(_products) % len(products)]
    without = [one for one, held in zip(people, answers, strict=True) if product not in {each.product for each in held}]
    assert len(without) >= many
    return product, without[:many]
