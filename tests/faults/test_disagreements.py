"""A silent system accuses nobody: no disagreement is made of what could not be heard."""

from dataclasses import replace
from typing import Final

from resolvers.computed.disagreements import RULES, Disagreement
from resolvers.computed.gathering import Dossier
from sources.ports.accounts import Account
from sources.ports.device_management import Management
from sources.ports.directory import Person, PersonName
from sources.ports.equipment import Device
from sources.ports.hr import Employment
from sources.ports.mail import Mailbox
from tests.sandbox import NOW

WELL: Final = Dossier(
    person=Person("directory", "7", "ana", "u7", PersonName("Ana"), True, "ana.silva@okno.example"),
    employment=Employment("hr", "7", "ACTIVE", email="ana.lima@okno.example"),
    accounts=(
        Account("domain", "a1", "ana", "CORP", "PERSONAL", True),
        Account("lab", "a2", "ana.lab", "LAB", "PERSONAL", True),
    ),
    certificates=(),
    devices=(),
    badges=(),
    second_factors=(),
    mailbox=Mailbox("mail", "ana.silva@okno.example", True, aliases=("ana.lima@okno.example",)),
    vpn_sessions=(),
    sessions=(),
    tickets=(),
    licences=(),
    management=(
        (
            Device("equipment", "NB-1", "LAPTOP", "ASSIGNED"),
            Management("devices", "S1", True, "LINUX", user_login="ana.lab"),
        ),
    ),
    jobs=(),
    failed=frozenset(),
)
"""Somebody of whom nothing is said differently, thanks to an alias and to a second account."""


def found(dossier: Dossier) -> list[str]:
    """Codes of what the rules find."""
    disagreements: list[Disagreement] = [each for rule in RULES for each in rule(dossier, NOW)]
    return [each.code for each in disagreements]


def test_an_unheard_mailbox_does_not_make_an_alias_a_disagreement() -> None:
    assert found(WELL) == []
    assert found(replace(WELL, mailbox=None)) == ["email.differs"]
    assert found(replace(WELL, mailbox=None, failed=frozenset({"mail"}))) == []


def test_an_unheard_domain_does_not_make_its_account_a_stranger() -> None:
    corp_only = WELL.accounts[:1]
    assert found(replace(WELL, accounts=corp_only)) == ["device.user_differs"]
    assert found(replace(WELL, accounts=corp_only, failed=frozenset({"accounts"}))) == []
