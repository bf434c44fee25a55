"""Entries into a real LDAP server, by the library that the connectors use."""

import importlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.real.servers.server import Facts, nested

Row = tuple[str, Mapping[str, Sequence[str | bytes]]]


class Ldap:
    """One connection that may do everything. The library is imported when a server is there to talk to."""

    def __init__(self, facts: Facts, who: str = "admin") -> None:
        self._bonsai: Any = importlib.import_module("bonsai")
        self._url, self._ca = str(facts["url"]), str(facts["ca"])
        known = nested(facts, "credentials")[who]
        self._line = self._connected(known["user"], known["password"])

    def __enter__(self) -> "Ldap":
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()

    def add(self, dn: str, attributes: Mapping[str, Sequence[str | bytes]]) -> None:
        """Make an entry."""
        entry = self._bonsai.LDAPEntry(dn)
        for name, values in attributes.items():
            if values:
                entry[name] = list(values)
        self._line.add(entry)

    def replace(self, dn: str, attribute: str, values: Sequence[str | bytes]) -> None:
        """Set all values of one attribute."""
        entry = self._bonsai.LDAPEntry(dn, self._line)
        entry.change_attribute(attribute, self._bonsai.LDAPModOp.REPLACE, *values)
        entry.modify()

    def delete(self, dn: str) -> None:
        """Remove an entry that has none below it."""
        self._line.delete(dn)

    def below(self, base: str) -> list[str]:
        """DNs of everything below an entry, the deepest first; nothing where there is no such entry."""
        try:
            found = self._line.paged_search(
                base, self._bonsai.LDAPSearchScope.SUB, "(objectClass=*)", ["1.1"], page_size=200
            )
            names = [str(entry.dn) for entry in found]
        except self._bonsai.NoSuchObjectError:
            return []
        return sorted((each for each in names if each.casefold() != base.casefold()), key=len, reverse=True)

    def fails_to_sign_in(self, user: str, times: int) -> None:
        """So many wrong passwords in a row."""
        for _ in range(times):
            try:
                self._connected(user, "not-the-password-1").close()
            except self._bonsai.LDAPError:
                continue
            raise AssertionError(f"{user} signed in with a wrong password")

    def _connected(self, user: str, password: str) -> Any:
        client = self._bonsai.LDAPClient(self._url)
        client.set_credentials("SIMPLE", user=user, password=password)
        client.set_ca_cert(self._ca)
        client.set_cert_policy("demand")
        client.set_ignore_referrals(True)
        return client.connect(timeout=20)


def moved(rows: Iterable[Row], base: str, to: str) -> list[Row]:
    """Rows of one tree as rows of another: every DN that ends in `base` ends in `to`."""

    def text(value: str | bytes) -> str | bytes:
        return value[: -len(base)] + to if isinstance(value, str) and value.endswith(f",{base}") else value

    return [
        (str(text(dn)), {name: [text(each) for each in values] for name, values in attributes.items()})
        for dn, attributes in rows
        if dn != base
    ]
