"""What an answer looks like: of the declared kind, in the order asked, nothing for nobody."""

from sources.ports.errors import SourceError
from tests.contract.keys import known, unknown
from tests.contract.subjects import Subject, only


async def test_known_keys_are_answered_with_the_declared_record(subject: Subject) -> None:
    found = await known(subject)
    records = [record for answer in found.values() for record in subject.records(answer)]
    assert {type(record) for record in records} == {subject.question.record}


async def test_records_name_the_instance_they_come_from(subject: Subject) -> None:
    found = await known(subject)
    records = [record for answer in found.values() for record in subject.records(answer)]
    inner = [getattr(record, "group", record) for record in records]
    assert {each.source for each in inner if hasattr(each, "source")} <= {subject.source.name}


async def test_unknown_keys_are_answered_with_nothing(subject: Subject) -> None:
    sample = next(iter(await known(subject)))
    keys = unknown(subject.question.key, 60, sample)
    assert await subject.ask(keys) == [subject.nothing] * 60


async def test_answers_stand_in_the_order_of_the_keys(subject: Subject) -> None:
    found = await known(subject)
    keys = [*found][:40]
    strangers = unknown(subject.question.key, 5, keys[0])
    mixed = [*strangers[:2], *reversed(keys), *strangers[2:]]
    nothing = subject.nothing
    expected = [nothing, nothing, *(found[key] for key in reversed(keys)), nothing, nothing, nothing]
    assert await subject.ask(mixed) == expected


async def test_a_key_asked_twice_is_answered_twice(subject: Subject) -> None:
    found = await known(subject)
    first, last = next(iter(found)), [*found][-1]
    stranger = unknown(subject.question.key, 1, first)[0]
    answers = await subject.ask([last, first, last, stranger, first, stranger])
    assert answers == [found[last], found[first], found[last], subject.nothing, found[first], subject.nothing]


async def test_a_key_asked_alone_is_answered_as_among_others(subject: Subject) -> None:
    found = await known(subject)
    for key in [*found][:3]:
        assert await subject.ask([key]) == [found[key]]


async def test_no_keys_are_no_answers(subject: Subject) -> None:
    assert await subject.ask([]) == []


@only(lambda question: question.name in ("people_by_login", "people_by_email"))
async def test_logins_and_addresses_are_known_in_any_case(subject: Subject) -> None:
    found = await known(subject)
    keys = [*found][:10]
    answers = await subject.ask([key.upper() for key in keys])
    assert not any(isinstance(each, SourceError) for each in answers)
    assert answers == [found[key] for key in keys]
