"""One query for every block of one employee, and which sources each block is made of."""

from collections.abc import Mapping
from typing import Final

LOGIN: Final = "employee"
"""Somebody whom every system knows."""

QUERY: Final = """
query EveryBlock($login: String!) {
  employee(by: {login: $login}) {
    identity: id login personnelNumber active email timeZone languages
    name { display given family latin }
    phones { kind number }
    workplace { region country city office floor desk }
    employment { status position kind hiredOn department { code name } absences { kind starts ends } positions { title since } }
    manager: employment { manager { login name { display } } }
    colleagues: employment { manager { employment { reports(first: 20) { edges { node { login } } } } } }
    personal { legalName birthDate homeAddress }
    account { domain login enabled locked }
    accounts { domain login kind enabled lockedSince passwordExpiresAt lastSignInAt }
    groups(first: 50) { edges { direct login node { name domain kind privileged } } }
    nestedGroups: groups(first: 200, nested: true) { edges { direct node { name domain } } }
    certificates(first: 25) { edges { node { serial status purpose notAfter } } }
    devices(first: 25) { edges { node { tag kind model serialNumber status } } }
    managed: devices(first: 25) { edges { node { tag management { enrolled platform osVersion compliant encrypted } } } }
    installed: devices(first: 25) { edges { node { tag software(first: 50) { edges { node { name version } } } } } }
    jobs: devices(first: 25) { edges { node { tag softwareJobs(first: 25) { edges { node { product state startedAt } } } } } }
    licences(first: 25) { edges { node { product grantedAt expiresAt } } }
    secondFactors(first: 25) { edges { node { serial kind active locked } } }
    badges(first: 25) { edges { node { number kind status zones passages { door at granted } } } }
    mailbox { address quotaBytes usedBytes outOfOffice { enabled } }
    vpnSessions(first: 25) { edges { node { sessionId connectedAt virtualAddress } } }
    sessions(first: 25) { edges { node { application startedAt } } }
    tickets(first: 25) { edges { node { number subject status queue createdAt } } }
    history: tickets(first: 3) { edges { node { number history(first: 10) { edges { node { eventId kind at } } } } } }
    assigned: tickets(first: 10) { edges { node { number assignee { login } } } }
    disagreements { code gravity about statements { source says } }
    timeline(first: 200) { edges { node { at kind code about source } } }
  }
}
"""

BLOCKS: Final[Mapping[str, frozenset[str]]] = {
    "identity": frozenset(),
    "login": frozenset(),
    "personnelNumber": frozenset(),
    "active": frozenset(),
    "email": frozenset(),
    "timeZone": frozenset(),
    "languages": frozenset(),
    "name": frozenset(),
    "phones": frozenset(),
    "workplace": frozenset(),
    "employment": frozenset({"hr"}),
    "manager": frozenset({"hr", "directory"}),
    "colleagues": frozenset({"hr", "directory"}),
    "personal": frozenset({"hr"}),
    "account": frozenset({"domain", "lab"}),
    "accounts": frozenset({"domain", "lab"}),
    "groups": frozenset({"domain", "lab"}),
    "nestedGroups": frozenset({"domain", "lab"}),
    "certificates": frozenset({"certificates"}),
    "devices": frozenset({"equipment"}),
    "managed": frozenset({"equipment", "devices"}),
    "installed": frozenset({"equipment", "software"}),
    "jobs": frozenset({"equipment", "software"}),
    "licences": frozenset({"software"}),
    "secondFactors": frozenset({"second_factors"}),
    "badges": frozenset({"badges"}),
    "mailbox": frozenset({"mail"}),
    "vpnSessions": frozenset({"vpn"}),
    "sessions": frozenset({"sessions"}),
    "tickets": frozenset({"tickets"}),
    "history": frozenset({"tickets"}),
    "assigned": frozenset({"tickets", "directory"}),
    "disagreements": frozenset(
        {
            "hr", "domain", "lab", "certificates", "equipment", "devices", "badges", "second_factors", "mail", "vpn",
            "sessions",
        }
    ),
    "timeline": frozenset(
        {
            "hr", "domain", "lab", "certificates", "equipment", "badges", "second_factors", "mail", "vpn", "sessions",
            "tickets", "software",
        }
    ),
}  # fmt: skip
"""What each block of `QUERY` is made of, besides the directory's record that the employee is found by."""

SOURCES: Final = (
    "directory", "hr", "domain", "lab", "certificates", "tickets", "equipment", "devices", "software",
    "second_factors", "badges", "mail", "vpn", "sessions",
)  # fmt: skip
"""Every source of the sandbox."""
