"""Tunnels by OpenVPN itself: a client of its own for each person, some under their name in capital letters."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from sandbox.company.model import Company
from sandbox.seeds.openvpn import seed
from tests.real.company import SHOWN
from tests.real.servers.openvpn.server import connect, disconnect
from tests.real.servers.server import Facts

_CLIENTS: Final = 6
"""Each is a process."""


def fill(facts: Facts, company: Company) -> Company:
    """The company with those connected who are now: a few."""
    for session in Path(str(facts["clients"])).glob("*/session"):
        disconnect(facts, session.parent.name)
    tunnels = [each.common_name for each in seed(company) if each.virtual_address]
    names = sorted(tunnels, key=lambda name: name.casefold() != SHOWN)[:_CLIENTS]
    for name in names:
        connect(facts, name)
    there = {name.casefold() for name in names}
    sessions = tuple(each for each in company.vpn_sessions if each.owner_login.casefold() in there)
    return replace(company, vpn_sessions=sessions)
