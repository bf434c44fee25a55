"""A page is chosen and ordered by nothing that may not be read; what may be read of some only is joined."""

from types import SimpleNamespace
from typing import Any, Final

import pytest
from graphql import GraphQLSchema

from resolvers.computed.entry import employees
from resolvers.problems import RequestProblem
from resolvers.windows import Listed
from sources.ports.directory import Person
from sources.ports.question import Page, Window
from tests.unit.resolvers.seeing import person_of, sight_of

PEOPLE: Final[tuple[Person, ...]] = tuple(
    person_of(str(number), "br" if number % 3 else "af", vip=number % 5 == 0) for number in range(1, 31)
)
IN_BR: Final = [each.login for each in PEOPLE if each.workplace and each.workplace.region == "br"]
REGION: Final = ("region", ("br",))


class Listing:
    """A desk of one listing, that counts its calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []

    async def list(
        self, _port: str, _listing: str, page: Page, _call: Any, *, wanted: Any, order: str
    ) -> Window[Person]:
        self.calls.append((order, wanted))
        start = int(page.after[0]) if page.after else 0
        shown = PEOPLE[start : start + page.first]
        cursors = tuple((str(start + place + 1), each.login) for place, each in enumerate(shown))
        return Window(shown, cursors, start + page.first < len(PEOPLE), len(PEOPLE))


async def listed(schema: GraphQLSchema, order: str, *, first: int = 50, **rights: Any) -> tuple[Listed, Listing]:
    filter_ = rights.pop("filter", None)
    desk = Listing()
    asking: Any = SimpleNamespace(sight=sight_of(schema, **rights), desk=desk, call=None)
    page = await employees(None, asking, None, SimpleNamespace(value=order), first, filter_)
    return page, desk


@pytest.mark.parametrize(("order", "field"), [("NAME", "Employee.name"), ("LOGIN", "Employee.login")])
async def test_who_may_not_read_a_field_may_not_order_by_it(schema: GraphQLSchema, order: str, field: str) -> None:
    with pytest.raises(RequestProblem) as caught:
        await listed(schema, order, denied=[field])
    assert caught.value.code == "FORBIDDEN_FIELD"
    assert field in caught.value.message


async def test_a_refused_order_asks_nobody_anything(schema: GraphQLSchema) -> None:
    desk = Listing()
    asking: Any = SimpleNamespace(sight=sight_of(schema, denied=["Employee.name"]), desk=desk, call=None)
    with pytest.raises(RequestProblem):
        await employees(None, asking, None, SimpleNamespace(value="NAME"), 50)
    assert desk.calls == []


@pytest.mark.parametrize(("order", "field"), [("NAME", "Employee.name"), ("LOGIN", "Employee.login")])
async def test_an_order_that_is_read_of_some_lists_these_alone_and_no_total(
    schema: GraphQLSchema, order: str, field: str
) -> None:
    page, desk = await listed(schema, order, when={field: REGION})
    assert [edge.record.login for edge in page.edges] == IN_BR
    assert page.total_count is None
    assert not page.page_info.has_next_page
    assert [order for order, _ in desk.calls] == [order]


async def test_another_order_is_not_touched_by_what_may_not_be_read(schema: GraphQLSchema) -> None:
    page, _ = await listed(schema, "LOGIN", when={"Employee.name": REGION})
    assert len(page.edges) == page.total_count == len(PEOPLE)


async def test_order_and_choice_are_joined_together(schema: GraphQLSchema) -> None:
    rights = {"Employee.name": REGION, "Employee.active": ("vip", (False,))}
    page, _ = await listed(schema, "NAME", when=rights, filter={"active": True})
    both = [each.login for each in PEOPLE if each.login in IN_BR and not each.vip]
    assert [edge.record.login for edge in page.edges] == both
    assert page.total_count is None


async def test_pages_of_what_is_joined_are_full_and_tell_no_hole(schema: GraphQLSchema) -> None:
    page, _ = await listed(schema, "NAME", first=7, when={"Employee.name": REGION})
    assert [edge.record.login for edge in page.edges] == IN_BR[:7]
    assert page.page_info.has_next_page
