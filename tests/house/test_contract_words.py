"""The words of the contract: described, labelled, and free of any vendor's."""

import re
from typing import Final

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    is_specified_scalar_type,
)

from gateway.whole_graph import whole_graph
from resolvers.planning import DEFINITION
from schema.declare import labels_of
from tests.house.rooms import ROOT

VENDORS: Final = (
    "scim", "odata", "sap", "cap", "ldap", "openldap", "slapd", "active directory", "active_directory", "samba", "vault",
    "openbao", "hashicorp", "request tracker", "best practical", "roundup", "privacyidea", "salt", "saltstack", "openvpn",
    "postgraphile", "postgresql", "postgres", "sqlite", "keycloak", "okta", "jira", "servicenow", "intune", "jamf",
    "exchange", "microsoft", "kerberos", "objectguid", "samaccountname", "entryuuid",
)  # fmt: skip


def ours(schema: GraphQLSchema) -> dict[str, object]:
    """The types that are not GraphQL's or Federation's."""
    return {
        name: kind
        for name, kind in schema.type_map.items()
        if "__" not in name and not name.startswith("_") and not is_specified_scalar_type(kind) and name != "FieldSet"
    }


def words_of(text: str) -> str:
    """Text with its names taken apart, so that `ldapServer` holds the word `ldap`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", text).lower()


def test_no_vendor_stands_in_the_contract() -> None:
    text = words_of((ROOT / "schema.graphql").read_text(encoding="utf-8"))
    found = [vendor for vendor in VENDORS if re.search(rf"\b{re.escape(words_of(vendor))}\b", text)]
    assert found == []


def test_everything_is_described() -> None:
    bare: list[str] = []
    schema = whole_graph()[0]
    for name, kind in ours(schema).items():
        if not (getattr(kind, "description", "") or "").strip():
            bare.append(name)
        if isinstance(kind, GraphQLEnumType):
            bare += [f"{name}.{each}" for each, value in kind.values.items() if not (value.description or "").strip()]
        if isinstance(kind, GraphQLInputObjectType):
            bare += [f"{name}.{each}" for each, field in kind.fields.items() if not (field.description or "").strip()]
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for each, field in kind.fields.items():
                if each.startswith("_"):
                    continue
                if not (field.description or "").strip():
                    bare.append(f"{name}.{each}")
                bare += [
                    f"{name}.{each}({arg})"
                    for arg, given in field.args.items()
                    if not (given.description or "").strip()
                ]
    assert bare == []


def test_our_directives_are_in_the_contract() -> None:
    text = (ROOT / "schema.graphql").read_text(encoding="utf-8")
    assert {"data", "source"} <= set(re.findall(r"directive @(\w+)", text))


def test_every_field_says_whose_data_it_is() -> None:
    bare: list[str] = []
    for name, kind in ours(whole_graph()[0]).items():
        if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            continue
        for each, field in kind.fields.items():
            if each.startswith("_"):
                continue
            try:
                assert labels_of(field.extensions[DEFINITION])["domain"]
            except (KeyError, LookupError):
                bare.append(f"{name}.{each}")
    assert bare == []
