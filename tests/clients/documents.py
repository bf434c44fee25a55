"""What the clients ask. Names begin with `probe`, which Relay's compiler asks of the documents of one module."""

from typing import Any, Final

READ: Final = "query probeQuery($login: String!) { employee(by: {login: $login}) { id login name { display } } }"
TEAM: Final = "query probeQuery { viewer { login activeTeam { id } } }"
PARTIAL: Final = "query probeQuery($login: String!) { employee(by: {login: $login}) { login personal { birthDate } } }"
"""Whoever helps on the telephone may not see a personal file."""
INVALID: Final = "query probeQuery($login: String!) { employee(by: {login: $login}) { login shoeSize } }"
TICKETS: Final = "query probeQuery($login: String!) { employee(by: {login: $login}) { tickets { totalCount edges { node { number } } } } }"
CREATE: Final = """mutation probeMutation($input: CreateTicketInput!) {
  createTicket(input: $input) { plan { hash } operation { id } problems { code } }
}"""
FOLLOW: Final = "subscription probeSubscription($id: ID!) { operation(id: $id) { id state } }"
FOLLOW_WRONGLY: Final = "subscription probeSubscription($id: ID!) { operation(id: $id) { id shoeSize } }"

_DEVICES: Final = "devices(first: 3) { edges { node { hostname } } }"
WHOLE: Final = f"query probeQuery($login: String!) {{ employee(by: {{login: $login}}) {{ id login {_DEVICES} }} }}"
DEFERRED: Final = f"""query probeQuery($login: String!) {{
  employee(by: {{login: $login}}) {{ id login ... @defer(label: "slow") {{ {_DEVICES} }} }}
}}"""
DEFERRED_SPREAD: Final = f"""query probeQuery($login: String!) {{
  employee(by: {{login: $login}}) {{ id login ...probe_devices @defer(label: "slow") }}
}}
fragment probe_devices on Employee {{ {_DEVICES} }}"""
"""Relay defers spreads of fragments that have a name."""

DEFERRED_PARTIAL: Final = """query probeQuery($login: String!) {
  employee(by: {login: $login}) { id login ... @defer(label: "slow") { personal { birthDate } } }
}"""

LOGIN: Final = "employee"
BY_LOGIN: Final = {"login": LOGIN}


def plain(data: Any) -> Any:
    """Data less the names of types, which Apollo adds to what it asks."""
    if isinstance(data, dict):
        return {name: plain(value) for name, value in data.items() if not name.startswith("__")}
    return [plain(each) for each in data] if isinstance(data, list) else data
