"""Identifiers: everything a caller can say that leads to a node; what the search index is fed with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identifier:
    """One sayable name of one node, as a source sweeps it.

    Shape: `kind` is one of LOGIN, ACCOUNT_LOGIN, NAME, EMAIL, PHONE, PERSONNEL_NUMBER, HOST, IP, SERIAL, ASSET_TAG,
    CERTIFICATE_SERIAL, GROUP_NAME, TICKET_NUMBER; LOGIN is the one that everybody knows somebody by, ACCOUNT_LOGIN that
    of a further account of theirs; `node_type` is a type of the graph (Employee, Device, Certificate, Group, Ticket);
    `node_key` is the key by which the port of that type answers.
    """

    kind: str
    text: str
    node_type: str
    node_key: str
