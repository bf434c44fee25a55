"""Forms: how one record stands on one line, each with its number in the tree, so that whoever receives them sees a gap."""

from collections.abc import Mapping
from typing import Any, Final, Literal

import orjson

from audit.catalogue import About
from audit.placed import Placed
from audit.sinks.ocsf_record import ocsf
from audit.sinks.sink import Form

FormName = Literal["okno", "ocsf"]
DELIVERED: Final = 1
"""Version of our own form; it stands in every line."""


def own(record: Placed) -> bytes:
    """A record as it stands in the trail, with what its chain is verified by.

    Shape: `okno` is the form's version, `number` the place in the tree, `leaf` the hash there; `hash` is SHA-256 over the bytes
    of `prev` and the canonical text of `record`; `values` only where personal values are delivered and still kept.
    """
    said: dict[str, Any] = {
        "okno": DELIVERED,
        "number": record.place,
        "leaf": record.leaf,
        "hash": record.hash,
        "prev": record.prev_hash,
        "record": orjson.Fragment(record.body),
    }
    if record.kept:
        said["values"] = values_of(record)
    return orjson.dumps(said)


def form_of(name: FormName, about: Mapping[str, About], version: str) -> Form:
    """A form by its name. Shape: `about` are the codes of the catalogue, `version` that of the product."""
    if name == "okno":
        return own
    return lambda record: orjson.dumps(ocsf(record, about, version, values_of(record)))


def values_of(record: Placed) -> list[dict[str, Any]]:
    """The personal values of a record, each with the salt of its commitment."""
    return [{"path": each.path, "salt": each.salt, "value": orjson.Fragment(each.value)} for each in record.kept]
