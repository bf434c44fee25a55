"""How an answer looks: the blocks of an employee, and answers without what differs from one to the next anyway."""

from typing import Any, Final

BLOCKS: Final = {
    "employment": "{ position department { name } absence { kind } }",
    "personal": "{ birthDate documentNumber }",
    "account": "{ login enabled lastSignInAt }",
    "accounts": "{ login distinguishedName }",
    "groups": "{ totalCount edges { node { name } } }",
    "certificates": "{ totalCount edges { node { serial } } }",
    "devices": "{ totalCount edges { node { tag software { totalCount } management { compliant } } } }",
    "licences": "{ totalCount }",
    "secondFactors": "{ totalCount edges { node { kind } } }",
    "sessions": "{ totalCount }",
    "vpnSessions": "{ totalCount edges { node { realAddress } } }",
    "badges": "{ totalCount edges { node { number passages { door } } } }",
    "mailbox": "{ address }",
    "tickets": "{ totalCount edges { node { subject } } }",
    "disagreements": "{ code about }",
    "timeline": "{ totalCount edges { node { code about } } }",
    "workplace": "{ region city }",
    "phones": "{ number }",
}
WHOLE: Final = " ".join(f"{name} {inside}" for name, inside in BLOCKS.items()) + " active languages timeZone photo"
"""All of them in one, and what stands beside them."""


def told(body: dict[str, Any]) -> dict[str, Any]:
    """An answer without what differs from one to the next anyway: moments, and the trace id."""
    body = {**body, "extensions": dict(body["extensions"])}
    body["extensions"].pop("traceId")
    body["extensions"].get("cost", {}).pop("spentThisHour", None)  # it grows with every request
    body["extensions"]["sources"] = {
        name: (entry["state"], entry["calls"]) for name, entry in body["extensions"]["sources"].items()
    }
    body["errors"] = [
        {**error, "extensions": {key: value for key, value in error["extensions"].items() if key != "traceId"}}
        for error in body.get("errors", [])
    ]
    return body
