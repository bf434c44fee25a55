"""What nothing is shown of is not asked for, and answered as if it had been."""

from collections.abc import Collection
from datetime import date
from types import SimpleNamespace
from typing import Any, Final

import pytest
from graphql import ExecutionResult, GraphQLSchema, Undefined, experimental_execute_incrementally, parse

from authz.labels import Labels
from authz.profile import ALLOWED, DENIED, MASKED, Profile, Verdict
from authz.vocabulary import Fact
from resolvers.executing import QuickExecutor
from resolvers.facts import Circumstances
from resolvers.sight import Guards, Sight
from sources.ports.accounts import Account
from sources.ports.directory import Person
from sources.ports.hr import Absence, DepartmentStep, Employment, PersonalDetails
from sources.ports.mail import Mailbox, OutOfOffice
from tests.sandbox import NOW
from tests.unit.resolvers.seeing import ANA, Answers, person_of

MANAGER: Final[Person] = person_of("8")
RECORDS: Final = {
    ("people_by_login", "x"): ANA,
    ("people_by_id", "8"): MANAGER,
    ("accounts_of", "*"): (Account("domain", "a1", "ana", "CORP", "PERSONAL", True, last_sign_in_at=NOW),),
    ("personal_of", "*"): PersonalDetails("hr", "7", "Ana", date(1990, 5, 6), "a@home.example", "Street 1", "AB123456"),
    ("mailbox_of", "*"): Mailbox("mail", "ana@okno.example", True, (), 5, 1, "away@x.example", OutOfOffice(True)),
    ("employment_of", "*"): Employment(
        "hr", "7", "ACTIVE", "Fitter", departments=(DepartmentStep("D", "Depot"),), manager_id="8",
        absences=(Absence("SICK", date(2026, 1, 1), None),),
    ),
}  # fmt: skip

DIRECTORY: Final = {"directory.people_by_login": 1}


class Asking(QuickExecutor):
    """Asks for everything, as if something were shown of each."""

    def _unasked(self, *_of: Any) -> Any:
        return Undefined


def sight_of(
    schema: GraphQLSchema,
    answers: Answers,
    denied: Collection[str],
    masked: Collection[str],
    own: Collection[str] = (),
    viewer: str = "viewer",
) -> Sight:
    """Sight that is denied some labels, may see masks of some, and reads some of itself alone. Shape: `domain level`."""
    guards = Guards.of(schema)
    names = [f"{each.domain} {each.sensitivity}" for each in guards.labels.all]
    unknown = {*denied, *masked, *own} - set(names)
    assert not unknown, unknown
    attrs = ("is_self",) if own else ()

    def judge(facts: tuple[Fact, ...]) -> bytes:
        closed = {*denied, *(own if facts != (True,) else ())}
        return bytes(DENIED if each in closed else MASKED if each in masked else ALLOWED for each in names)

    verdicts = tuple(
        Verdict.DENY if each in denied
        else Verdict.DEPENDS if each in own
        else Verdict.MASK if each in masked
        else Verdict.ALLOW
        for each in names
    )  # fmt: skip
    depends = tuple(frozenset(attrs if each in own else ()) for each in names)
    labels: Labels = guards.labels
    profile = Profile("test", "test", labels, verdicts, attrs, depends, judge)
    loaders: Any = answers
    return Sight(guards, profile, Circumstances(viewer), loaders, conditional=bool(attrs))


async def told(
    schema: GraphQLSchema,
    inside: str,
    executor: type[QuickExecutor],
    denied: Collection[str] = (),
    masked: Collection[str] = (),
    own: Collection[str] = (),
    records: Any = None,
) -> tuple[Any, ...]:
    """Data, errors and what was withheld; and what was asked."""
    answers = Answers(RECORDS if records is None else records)
    sight = sight_of(schema, answers, denied, masked, own)
    context = SimpleNamespace(
        sight=sight, loaders=answers, quiet=answers, later=None, now=NOW, desk=SimpleNamespace(sources_of=lambda _port: ("domain",)),
    )  # fmt: skip
    document = parse(f'query($no: Boolean = false) {{ employee(by: {{login: "x"}}) {{ {inside} }} }}')
    result: Any = experimental_execute_incrementally(schema, document, None, context, executor_class=executor)
    done = result if isinstance(result, ExecutionResult) else await result
    errors = sorted((str(each.message), str(each.path)) for each in done.errors or ())
    return (done.data["employee"] if done.data else None, errors, sight.access()), dict(answers.asked)


UNSHOWN: Final = [
    ("personal { homeAddress }", (), ("hr restricted",)),
    ("personal { homeAddress legalName }", ("hr personal",), ("hr restricted",)),
    ("p: personal { a: homeAddress } personal { ...H } ", (), ("hr restricted",)),
    ("personal { homeAddress birthDate @include(if: $no) }", (), ("hr restricted",)),
    ("account { lastSignInAt }", ("account personal",), ()),
    ("account { description lastSignInAt }", ("account personal", "account confidential"), ()),
    ("mailbox { forwardsTo }", ("mail personal",), ()),
    ("employment { terminatedOn absence { kind } }", ("hr personal",), ()),
    ("mailbox { outOfOffice { message } }", ("mail personal",), ("mail internal",)),
]


@pytest.mark.parametrize(("inside", "denied", "masked"), UNSHOWN)
async def test_an_object_of_which_nothing_is_shown_is_not_asked_for_and_answered_the_same(
    schema: GraphQLSchema, inside: str, denied: tuple[str, ...], masked: tuple[str, ...]
) -> None:
    whole = inside.replace("...H", "... on PersonalDetails { homeAddress }")
    answer, asked = await told(schema, whole, QuickExecutor, denied, masked)
    as_ever, asked_for = await told(schema, whole, Asking, denied, masked)
    assert answer == as_ever
    assert asked == DIRECTORY
    assert len(asked_for) == 2
    assert answer[2]["withheld"], "what is withheld is told, as ever"


SHOWN: Final = [
    ("personal { homeAddress birthDate }", (), ("hr restricted",)),
    ("personal { homeAddress } personal { birthDate }", (), ("hr restricted",)),
    ("personal { homeAddress legalName }", (), ("hr restricted",)),
    ("personal { __typename homeAddress }", (), ("hr restricted",)),
    ("personal { homeAddress documentNumber @skip(if: $no) }", (), ("hr restricted",)),
    ("account { login lastSignInAt }", ("account personal",), ()),
    ("mailbox { outOfOffice { message } }", ("mail personal",), ()),
    ("employment { terminatedOn department { name } }", ("hr personal",), ()),
    ("accounts { lastSignInAt }", ("account personal",), ()),
]


@pytest.mark.parametrize(("inside", "denied", "masked"), SHOWN)
async def test_an_object_of_which_something_is_shown_is_asked_for(
    schema: GraphQLSchema, inside: str, denied: tuple[str, ...], masked: tuple[str, ...]
) -> None:
    """Its being there is shown where its type's name is selected, or an object within it, or where it is one of a list."""
    answer, asked = await told(schema, inside, QuickExecutor, denied, masked)
    as_ever, _ = await told(schema, inside, Asking, denied, masked)
    assert answer == as_ever
    assert len(asked) == 2


async def test_another_employee_is_not_asked_for_only_where_nothing_is_shown_of_anybody(schema: GraphQLSchema) -> None:
    inside = "employment { manager { phones { number } } }"
    never, asked = await told(schema, inside, QuickExecutor, ("directory personal",))
    assert asked == {**DIRECTORY, "hr.employment_of": 1}
    assert never == (await told(schema, inside, Asking, ("directory personal",)))[0]
    of_some, asked = await told(schema, inside, QuickExecutor, own=("directory personal",))
    assert asked == {**DIRECTORY, "hr.employment_of": 1, "directory.people_by_id": 1}, "the manager might be shown"
    assert of_some[0] == {"employment": {"manager": {"phones": None}}}


async def test_nobody_is_made_up_where_there_is_no_key(schema: GraphQLSchema) -> None:
    records = {**RECORDS, ("employment_of", "*"): Employment("hr", "7", "ACTIVE")}
    inside = "employment { manager { phones { number } } }"
    answer, _ = await told(schema, inside, QuickExecutor, ("directory personal",), records=records)
    assert answer[0] == {"employment": {"manager": None}}
    assert answer[2]["withheld"] == []


async def test_it_is_decided_employee_by_employee_where_it_depends(schema: GraphQLSchema) -> None:
    """What is read of oneself alone is asked for of oneself, and not of another."""
    for records, asked_for in ((RECORDS, 1), ({**RECORDS, ("people_by_login", "x"): person_of("9")}, 0)):
        answers = Answers(records)
        sight = sight_of(schema, answers, (), (), ("hr personal", "account personal"), "p7")
        context = SimpleNamespace(sight=sight, loaders=answers, quiet=answers, later=None, now=NOW)
        result: Any = experimental_execute_incrementally(
            schema,
            parse('{ employee(by: {login: "x"}) { personal { legalName } } }'),
            None,
            context,
            executor_class=QuickExecutor,
        )
        shown = (await result).data["employee"]["personal"]
        assert answers.asked["hr.personal_of"] == asked_for
        assert shown == {"legalName": "Ana" if asked_for else None}


async def test_a_field_that_may_not_be_null_takes_the_object_with_it_as_ever(schema: GraphQLSchema) -> None:
    denied = ("mail internal",)
    field: Any = schema.type_map["Employee"]
    label, field.fields["mailbox"].resolve.label = field.fields["mailbox"].resolve.label, 0
    try:
        answer, asked = await told(schema, "mailbox { address }", QuickExecutor, denied)
        as_ever, _ = await told(schema, "mailbox { address }", Asking, denied)
    finally:
        field.fields["mailbox"].resolve.label = label
    assert answer == as_ever
    assert answer[0] == {"mailbox": None}
    assert asked == DIRECTORY
