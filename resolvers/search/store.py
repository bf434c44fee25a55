"""The table of identifiers and their forms, in SQLite: what is written of a sweep, and nothing that has not changed."""

import os
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime

from resolvers.search.distance import with_one_left_out
from resolvers.search.forms import NAMES, Role, stored_forms
from resolvers.search.normalise import NORMALISER_VERSION, words
from sources.ports.identifiers import Identifier

KIND_SHIFT = 32
"""A word's number carries its kind above this bit, so that a kind one may not read is passed over by number alone."""

LONGEST_NEAR = 12
"""Words of names up to this length are also kept with each letter left out: two of their letters swapped leave hardly
a trigram in common with what was meant."""

_LAYOUT_VERSION = 1

_TABLES = """
CREATE TABLE sweep (source TEXT PRIMARY KEY, as_of TEXT NOT NULL);
CREATE TABLE kind (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE node (id INTEGER PRIMARY KEY, type TEXT NOT NULL, key TEXT NOT NULL, UNIQUE (type, key));
CREATE TABLE identifier (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, kind INTEGER NOT NULL, text TEXT NOT NULL,
    node INTEGER NOT NULL, folded TEXT NOT NULL, UNIQUE (source, kind, text, node)
);
CREATE INDEX identifier_of_node ON identifier (node, kind);
CREATE TABLE word (id INTEGER PRIMARY KEY, role INTEGER NOT NULL, text TEXT NOT NULL);
CREATE INDEX word_by_text ON word (text, role, id);
CREATE TABLE posting (
    word INTEGER NOT NULL, node INTEGER NOT NULL, identifier INTEGER NOT NULL, PRIMARY KEY (word, node, identifier)
) WITHOUT ROWID;
CREATE INDEX posting_of_identifier ON posting (identifier, word);
CREATE VIRTUAL TABLE gram USING fts5(body, tokenize = "trigram case_sensitive 1", detail = none, columnsize = 0);
CREATE VIRTUAL TABLE gram_count USING fts5vocab(gram, row);
CREATE TABLE near (text TEXT NOT NULL, word INTEGER NOT NULL, PRIMARY KEY (text, word)) WITHOUT ROWID;
CREATE INDEX near_of_word ON near (word);
"""

_WITHOUT_GRAMS = frozenset({Role.INITIAL, Role.EXACT})


def open_store(path: str) -> sqlite3.Connection:
    """The database of an index, made where it is missing; one of an older layout is emptied, the next sweep fills it.

    Raises: OSError if the file cannot be made private to this user; sqlite3.Error if it is no database.
    """
    if path != ":memory:":
        # The file holds personal data: it is private before the first byte is in it, and no link leads elsewhere.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=True)
    try:
        connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;")
        connection.executescript("PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32000; PRAGMA trusted_schema = OFF;")
        wanted = _LAYOUT_VERSION * 1000 + NORMALISER_VERSION
        if connection.execute("PRAGMA user_version").fetchone()[0] != wanted:
            _make_anew(connection, wanted)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_anew(connection: sqlite3.Connection, version: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("DROP TABLE IF EXISTS gram_count")
    connection.execute("DROP TABLE IF EXISTS gram")
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    for (name,) in names.fetchall():
        connection.execute(f'DROP TABLE "{name}"')
    for statement in filter(None, map(str.strip, _TABLES.split(";"))):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.execute("COMMIT")


class Store:
    """An open index. Shape: used by one thread alone, the one that opened it."""

    def __init__(self, path: str) -> None:
        self.connection = open_store(path)
        self._rarity: dict[str, int] = {}

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def ages(self) -> dict[str, datetime]:
        """When each source was last swept."""
        rows = self.connection.execute("SELECT source, as_of FROM sweep ORDER BY source")
        return {source: datetime.fromisoformat(as_of) for source, as_of in rows}

    def rarity(self, trigrams: Sequence[str]) -> dict[str, int]:
        """How many words have each trigram; those no word has are left out."""
        unknown = [trigram for trigram in trigrams if trigram not in self._rarity]
        if unknown:
            self._rarity.update(dict.fromkeys(unknown, 0))
            marks = ",".join("?" * len(unknown))
            self._rarity.update(
                self.connection.execute(f"SELECT term, doc FROM gram_count WHERE term IN ({marks})", unknown).fetchall()
            )
        return {trigram: self._rarity[trigram] for trigram in trigrams if self._rarity[trigram]}

    def replace(self, source: str, identifiers: Sequence[Identifier], as_of: datetime) -> None:
        """Make a source's identifiers be these and no others, all at once or not at all.

        Raises: ValueError for a moment without a time zone.
        """
        if as_of.tzinfo is None:
            raise ValueError("the moment of a sweep needs a time zone")
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            wanted = {(one.kind, one.text, one.node_type, one.node_key) for one in identifiers}
            known = {
                (kind, text, node_type, node_key): number
                for number, kind, text, node_type, node_key in connection.execute(
                    "SELECT i.id, k.name, i.text, n.type, n.key FROM identifier i JOIN kind k ON k.id = i.kind"
                    " JOIN node n ON n.id = i.node WHERE i.source = ?",
                    (source,),
                )
            }
            gone = sorted(number for row, number in known.items() if row not in wanted)
            _remove(connection, gone)
            _add(connection, source, sorted(wanted - known.keys()))
            connection.execute(
                "INSERT INTO sweep VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET as_of = excluded.as_of",
                (source, as_of.astimezone(UTC).isoformat()),
            )
            if gone:
                # Merged into one segment, so that no removed name lingers in an older one.
                connection.execute("INSERT INTO gram (gram) VALUES ('optimize')")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        finally:
            self._rarity.clear()


def _add(connection: sqlite3.Connection, source: str, rows: Sequence[tuple[str, str, str, str]]) -> None:
    kinds: dict[str, int] = dict(connection.execute("SELECT name, id FROM kind").fetchall())
    for name in sorted({row[0] for row in rows} - kinds.keys()):
        kinds[name] = connection.execute("INSERT INTO kind (name) VALUES (?) RETURNING id", (name,)).fetchone()[0]
    nodes: dict[tuple[str, str], int] = {}
    words_of = _Words(connection)
    number = connection.execute("SELECT coalesce(max(id), 0) FROM identifier").fetchone()[0]
    identifiers: list[tuple[int, str, int, str, int, str]] = []
    postings: list[tuple[int, int, int]] = []
    for kind_name, text, *node_name in rows:
        key = (node_name[0], node_name[1])
        if key not in nodes:
            connection.execute("INSERT OR IGNORE INTO node (type, key) VALUES (?, ?)", key)
            nodes[key] = connection.execute("SELECT id FROM node WHERE type = ? AND key = ?", key).fetchone()[0]
        number += 1
        kind, node = kinds[kind_name], nodes[key]
        # What is compared letter by letter at the end is a name; of a code its forms are enough.
        folded = " ".join(words(text)) if kind_name in NAMES else ""
        identifiers.append((number, source, kind, text, node, folded))
        for role, form in sorted(stored_forms(kind_name, text)):
            postings.append((words_of.number(kind, kind_name, role, form), node, number))
    words_of.write()
    connection.executemany(
        "INSERT INTO identifier (id, source, kind, text, node, folded) VALUES (?, ?, ?, ?, ?, ?)", identifiers
    )
    connection.executemany("INSERT INTO posting VALUES (?, ?, ?)", sorted(postings))


class _Words:
    """Numbers for words, known and new; the new ones are written in one go."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._last = dict(connection.execute(f"SELECT id >> {KIND_SHIFT}, max(id) FROM word GROUP BY 1").fetchall())
        self._numbers: dict[tuple[int, int, str], int] = {}
        self._new: list[tuple[int, int, str]] = []
        self._near: list[tuple[str, int]] = []

    def number(self, kind: int, kind_name: str, role: Role, form: str) -> int:
        word = self._numbers.get((kind, role, form))
        if word is None:
            word = self._known(kind, role, form)
            if word is None:
                word = self._last[kind] = self._last.get(kind, kind << KIND_SHIFT) + 1
                self._new.append((word, role, form))
                if role is Role.PART and kind_name in NAMES and 2 < len(form) <= LONGEST_NEAR:
                    self._near.extend((text, word) for text in with_one_left_out(form))
            self._numbers[kind, role, form] = word
        return word

    def _known(self, kind: int, role: Role, form: str) -> int | None:
        low = kind << KIND_SHIFT
        found = self._connection.execute(
            "SELECT id FROM word WHERE text = ? AND role = ? AND id BETWEEN ? AND ?",
            (form, role, low, low + (1 << KIND_SHIFT) - 1),
        ).fetchone()
        return None if found is None else int(found[0])

    def write(self) -> None:
        self._connection.executemany("INSERT INTO word VALUES (?, ?, ?)", self._new)
        self._connection.executemany(
            "INSERT INTO gram (rowid, body) VALUES (?, ?)",
            sorted((word, f"<{form}>") for word, role, form in self._new if role not in _WITHOUT_GRAMS),
        )
        self._connection.executemany("INSERT INTO near VALUES (?, ?)", sorted(self._near))


def _remove(connection: sqlite3.Connection, identifiers: Sequence[int]) -> None:
    touched_words: set[int] = set()
    touched_nodes: set[int] = set()
    for number in identifiers:
        for word, node in connection.execute("SELECT word, node FROM posting WHERE identifier = ?", (number,)):
            touched_words.add(word)
            touched_nodes.add(node)
        row = connection.execute("SELECT node FROM identifier WHERE id = ?", (number,)).fetchone()
        touched_nodes.add(row[0])
        connection.execute("DELETE FROM posting WHERE identifier = ?", (number,))
        connection.execute("DELETE FROM identifier WHERE id = ?", (number,))
    for word in sorted(touched_words):
        if connection.execute("SELECT 1 FROM posting WHERE word = ? LIMIT 1", (word,)).fetchone() is None:
            connection.execute("DELETE FROM gram WHERE rowid = ?", (word,))
            connection.execute("DELETE FROM near WHERE word = ?", (word,))
            connection.execute("DELETE FROM word WHERE id = ?", (word,))
    for node in sorted(touched_nodes):
        if connection.execute("SELECT 1 FROM identifier WHERE node = ? LIMIT 1", (node,)).fetchone() is None:
            connection.execute("DELETE FROM node WHERE id = ?", (node,))
