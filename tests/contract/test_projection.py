"""Asked for one attribute, a source answers that attribute as it would when asked for all."""

from dataclasses import fields

from sources.ports.errors import SourceError
from sources.ports.question import Need
from tests.contract.keys import known
from tests.contract.subjects import Subject


def attributes(record: type) -> list[str]:
    """What can be asked of a record by name: its fields, and the properties made of them."""
    made = [name for base in record.__mro__ for name, member in vars(base).items() if isinstance(member, property)]
    return [*(each.name for each in fields(record)), *made]


async def test_each_attribute_can_be_asked_for_alone(subject: Subject) -> None:
    found = await known(subject)
    keys = [*found][:30]
    wrong = {}
    for name in attributes(subject.question.record):
        answers = await subject.ask(keys, Need(fields=frozenset({name})))
        for key, answer in zip(keys, answers, strict=True):
            if isinstance(answer, SourceError):
                wrong[name] = f"{answer.code}: {answer.detail}"
                break
            whole, alone = subject.records(found[key]), subject.records(answer)
            if [getattr(each, name) for each in whole] != [getattr(each, name) for each in alone]:
                wrong[name] = (
                    f"{[getattr(each, name) for each in alone]} instead of {[getattr(each, name) for each in whole]}"
                )
                break
    assert wrong == {}
