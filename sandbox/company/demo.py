"""People who are always there, one per kind of work, whatever the size of the company."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.company.names.pool import Name, Sex, make_name


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One of the people a newcomer signs in as."""

    login: str
    name: Name
    office: str
    department: str


def _demo(
    login: str, sex: Sex, given: str, family: str, office: str, department: str, patronymic: str | None = None
) -> DemoPerson:
    return DemoPerson(login, make_name(sex, given, family, patronymic), office, department)


EMPLOYEE_LOGIN = "employee"

DEMO_PEOPLE: tuple[DemoPerson, ...] = (
    _demo("helpdesk.br", "f", "Conceição", "Brandão", "SAO1", "IT-SD-BR"),
    _demo("helpdesk.cis", "m", "Фёдор", "Ковалёв", "MOW1", "IT-SD-CIS", "Семёнович"),
    _demo("helpdesk.af", "m", "Désiré", "N'Guessan", "ABJ1", "IT-SD-AF"),
    _demo("hr", "f", "Алёна", "Королёва", "MOW1", "HR-SUP", "Юрьевна"),
    _demo("identity", "m", "Íñigo", "Muñoz Peña", "MAD1", "IT-IAM"),
    _demo("pki", "f", "Лилит", "Саркисян", "EVN1", "IT-PKI"),
    _demo("equipment", "m", "João", "Falcão", "SAO2", "IT-WRK"),
    _demo("software", "f", "Wambũi", "Njũgũna", "NBO1", "IT-SW"),
    _demo("mail", "f", "Anne-Laure", "Lefèvre", "PAR1", "IT-MAIL"),
    _demo("network", "m", "Әлібек", "Жумабаев", "ALA1", "IT-NET"),
    _demo("badges", "m", "Sipho", "Dlamini", "JNB1", "SEC-PHY"),
    _demo("executive", "f", "Imogen", "Whitcombe-Hale", "LON1", "IT-EXE"),
    _demo("onboarding", "f", "Lucía", "Zúñiga Rincón", "BOG1", "HR-ONB"),
    _demo("secops", "m", "Артём", "Воробьёв", "MOW1", "SEC-OPS", "Ильич"),
    _demo("security", "f", "Anđela", "Đorđević", "BEG1", "SEC-OFF"),
    _demo("security2", "m", "Ramón", "Güemes Ledesma", "BUE1", "SEC-OFF"),
    _demo("analyst", "f", "Siobhán", "O'Dowd", "LON1", "OPS-ANL"),
    _demo("lead", "m", "Vinícius", "Magalhães", "SAO1", "IT-SD-BR"),
    _demo(EMPLOYEE_LOGIN, "f", "Luísa", "Gonçalves", "SAO1", "ENG-WEB"),
)

DEMO_LOGINS: tuple[str, ...] = tuple(person.login for person in DEMO_PEOPLE)

TEAM_MEMBERS: Mapping[str, tuple[str, ...]] = {
    "access-badges": ("badges",),
    "analysts": ("analyst",),
    "executive-support": ("executive",),
    "helpdesk-af": ("helpdesk.af",),
    "helpdesk-br": ("helpdesk.br", "lead"),
    "helpdesk-cis": ("helpdesk.cis",),
    "helpdesk-second-line": ("lead",),
    "hr-support": ("hr",),
    "identity-access": ("identity",),
    "mail": ("mail",),
    "network-vpn": ("network",),
    "onboarding": ("onboarding",),
    "pki": ("pki",),
    "security-officers": ("security", "security2"),
    "security-operations": ("secops",),
    "software": ("software",),
    "workplace-equipment": ("equipment",),
}
"""Who works in which support team. The directory says so by a group for each team; services are in none."""


def team_group(team: str) -> str:
    """The group of the directory whose members are a support team. Shape: `helpdesk_br` -> `okno-helpdesk-br`."""
    return f"okno-{team.replace('_', '-')}"
