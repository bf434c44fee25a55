"""Shaping: a request out of a body, an address or a message, before anything of it is understood.

Raises everywhere: RequestProblem BAD_INPUT naming the member at fault.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from resolvers.problems import bad_input
from resolvers.request import Request

_LONGEST_TICKET: Final = 40
_MEMBERS: Final = ("query", "documentId", "operationName", "variables", "extensions")


def request_of_body(content: bytes, *, fresh: bool = False) -> Request:
    """What the body of a POST asks for."""
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise bad_input("the body is not JSON") from None
    if not isinstance(body, dict):
        raise bad_input("the body is one JSON object; batches are not served")
    return request_of(body, fresh=fresh)


def request_of_address(address: str, *, fresh: bool = False) -> Request:
    """What the address of a GET asks for. Shape: `address` is what follows the question mark."""
    try:
        pairs = parse_qsl(address, keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError:
        raise bad_input("the address cannot be read") from None
    given = dict(pairs)
    if len(given) != len(pairs):
        raise bad_input("a parameter is given twice")
    body: dict[str, Any] = {name: value for name, value in given.items() if name in _MEMBERS and value != ""}
    for name in ("variables", "extensions"):
        if name in body:
            try:
                body[name] = orjson.loads(body[name])
            except orjson.JSONDecodeError:
                raise bad_input(f"{name}: expected JSON") from None
    return request_of(body, fresh=fresh)


def request_of(body: Mapping[str, Any], *, fresh: bool = False) -> Request:
    """What the members of a request ask for."""
    query, variables, name = body.get("query"), body.get("variables"), body.get("operationName")
    named, extensions = body.get("documentId"), body.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        raise bad_input("extensions: expected an object")
    by_hash = _apollo_hash(extensions or {})
    if named is not None and not (isinstance(named, str) and 0 < len(named) <= 200):
        raise bad_input("documentId: expected the id of a registered document")
    if query is not None and not isinstance(query, str):
        raise bad_input("query: expected a text")
    if not query and named is None and by_hash is None:
        raise bad_input("query: expected a text, or in its place documentId")
    if variables is not None and not isinstance(variables, dict):
        raise bad_input("variables: expected an object")
    if name is not None and not isinstance(name, str):
        raise bad_input("operationName: expected a text")
    return Request(
        query or "",
        variables or {},
        name or None,
        fresh,
        _case(extensions),
        document_id=named or by_hash,
        by_hash=named is None and by_hash is not None,
    )


def _apollo_hash(extensions: Mapping[str, Any]) -> str | None:
    """The document's hash as Apollo's clients send it. Source: Apollo's automatic persisted queries, version 1."""
    said = extensions.get("persistedQuery")
    if said is None:
        return None
    found = said.get("sha256Hash") if isinstance(said, dict) else None
    if not isinstance(found, str) or said.get("version") != 1:
        raise bad_input("extensions.persistedQuery: expected version 1 and a sha256Hash")
    return found


def _case(extensions: Mapping[str, Any] | None) -> str | None:
    """The ticket that the viewer has in hand, of `extensions.purpose`."""
    purpose = (extensions or {}).get("purpose")
    if purpose is None:
        return None
    ticket = purpose.get("ticket") if isinstance(purpose, dict) else ""
    if ticket is not None and not (isinstance(ticket, str) and 0 < len(ticket.strip()) <= _LONGEST_TICKET):
        raise bad_input("extensions.purpose.ticket: expected a ticket's number")
    return ticket
