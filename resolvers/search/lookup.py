"""Single questions to the index: which nodes have this word, this code, these initials; how alike are they."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from resolvers.search.distance import slips, tolerated, with_one_left_out
from resolvers.search.forms import NAMES, OF_THEIR_OWN, Code, Role
from resolvers.search.store import KIND_SHIFT, LONGEST_NEAR, Store

Evidence = dict[int, tuple[float, int]]
"""Node -> how strongly something speaks for it, and the kind of identifier that does."""

Withheld = Mapping[str, frozenset[tuple[str, str]]]
"""Kind of identifier -> nodes, by type and key, whose identifiers of that kind are as if there were none."""

Rows = list[tuple[int, int, str]]
"""Words of the index: number, role, text."""

KNOWN = 0.01
"""How much a name that is spelt just so, or has nothing left over, comes before one that merely sounds so."""

NAME_WORD = 0.95
"""A word of a name is worth less than a whole identifier: an exact login comes before a namesake of it."""

OTHER_READING = 0.97
MOST_WORDS = 60
MOST_TRIGRAMS = 12
LEAST_TRIGRAMS = 3
MOST_ROWS = 1500
LEAST_SLIPS_WORD = 6
"""From this length on a word may carry two slips, which is more than the forms with one letter left out can tell."""

LEAST_ALIKE = 0.6
LEAST_SLIPS_LOGIN = 5
LEAST_SLIPS_NUMBER = 8
"""Shorter numbers are given out in a row: one digit away there is another one, not a slip."""

_ROLE_WEIGHT = {Role.FULL: 1.0, Role.EXACT: 1.0, Role.SHORT: 0.98, Role.PART: 0.95}


def strongest(into: Evidence, other: Evidence, worth: float) -> None:
    """Keep for each node the stronger of two pieces of evidence."""
    for node, (score, kind) in other.items():
        if node not in into or into[node][0] < score * worth:
            into[node] = (score * worth, kind)


class Lookup:
    """The index as one query may see it: the kinds its viewer may read, and of whom; the node types it asks for."""

    def __init__(
        self,
        store: Store,
        node_types: frozenset[str] | None,
        allowed_kinds: frozenset[str] | None,
        withheld: Withheld | None = None,
    ) -> None:
        self._store = store
        self._connection = store.connection
        self._types = None if node_types is None else tuple(sorted(node_types))
        self.kinds: dict[int, str] = {
            number: name
            for number, name in store.connection.execute("SELECT id, name FROM kind ORDER BY id")
            if allowed_kinds is None or name in allowed_kinds
        }
        hidden = withheld or {}
        self._withheld = {number: self._numbers(hidden[name]) for number, name in self.kinds.items() if name in hidden}
        self._marks = _marks(self.kinds)
        self._answers: dict[tuple[str, ...], Rows] = {}
        self._postings: dict[int, list[int]] = {}

    def word(self, spellings: tuple[str, ...], fuzzy: bool, alone: bool) -> Evidence:
        """Nodes with this word among theirs. Shape: the first spelling is the likeliest."""
        alike: dict[int, float] = {}
        for rank, text in enumerate(spellings):
            worth = NAME_WORD * (OTHER_READING if rank else 1.0)
            # One or two letters begin too many words to be more than a beginning, and only if nothing else is said.
            for word, role, form in self._beginning(text, whole=len(text) < 3 and not alone):
                if role != Role.INITIAL:
                    score = 1.0 if form == text else 0.75 + 0.2 * len(text) / len(form)
                    self._keep(alike, word, score * worth)
            # A number of few digits is near every other one: a slip in it can't be told from another number.
            if 3 <= len(text) <= LONGEST_NEAR + 1 and not text.isdigit():
                for word, _, form in self._slip_away(text):
                    self._keep(alike, word, _alikeness(text, form) * worth)
            if fuzzy and len(text) >= LEAST_SLIPS_WORD and text.isascii():
                for word, _, form in self._sharing_trigrams(text):
                    self._keep(alike, word, _alikeness(text, form) * worth)
        return self._nodes_of({word: score * self._name_first(word) for word, score in alike.items()})

    def code(self, code: Code, fuzzy: bool, whole: bool = False) -> Evidence:
        """Nodes with this code as a whole, or beginning, ending with it, or containing it, or a slip away from it.

        Shape: `whole` for a code put together from several chunks, which is looked for loosely only if it has digits.
        """
        if not code.text:
            return {}
        alike: dict[int, float] = {}
        length = len(code.text)
        digits = sum(map(str.isdigit, code.text))
        for word, role, form in self._beginning(code.text, whole=length < 2):
            if role not in (Role.INITIAL, Role.PART) and self._has(code, word):
                score = _ROLE_WEIGHT[Role(role)] if form == code.text else 0.75 + 0.15 * length / len(form)
                self._keep(alike, word, score * code.weight)
        # A few digits may be an extension of one and the end of another's number: both are meant until more is said.
        if length >= 4 and digits and (length < LEAST_SLIPS_NUMBER or max(alike.values(), default=0.0) < 0.9):
            for word, role, form in self._containing(code.text):
                if role != Role.PART and self._has(code, word):
                    score = (0.8 if form.endswith(code.text) else 0.65) + 0.15 * length / len(form)
                    self._keep(alike, word, score * code.weight)
        least = LEAST_SLIPS_NUMBER if digits > length // 2 else LEAST_SLIPS_LOGIN
        if fuzzy and length >= least and code.text.isascii() and (digits or not whole):
            for word, role, form in self._sharing_trigrams(code.text):
                if role != Role.PART and self._has(code, word):
                    self._keep(alike, word, 0.95 * _alikeness(code.text, form) * code.weight)
        return self._nodes_of(alike)

    def initials(self, letters: tuple[tuple[str, ...], ...], among: Collection[int]) -> Evidence:
        """Which of these nodes have names beginning with these letters."""
        scores: Evidence = {}
        for spellings in letters:
            words = {
                word: NAME_WORD
                for text in spellings
                for word, role, _ in self._beginning(text, whole=True)
                if role == Role.INITIAL
            }
            for node, (score, kind) in self._nodes_of(words).items():
                if node in among:
                    scores[node] = (scores.get(node, (0.0, kind))[0] + score / len(letters), kind)
        return scores

    def nodes(self, numbers: Iterable[int]) -> dict[int, tuple[str, str]]:
        """The type and key of nodes."""
        found: dict[int, tuple[str, str]] = {}
        for some in _portions(numbers):
            rows = self._connection.execute(f"SELECT id, type, key FROM node WHERE id IN ({_marks(some)})", some)
            found.update((number, (node_type, key)) for number, node_type, key in rows)
        return found

    def closeness(self, nodes: Iterable[int], said: tuple[frozenset[str], ...]) -> dict[int, float]:
        """How exactly the best name of each node is what was said. Shape: from `-KNOWN` to `KNOWN`."""
        kinds = tuple(number for number, name in self.kinds.items() if name in NAMES)
        found: dict[int, float] = {}
        for some in _portions(nodes):
            rows = self._connection.execute(
                f"SELECT node, folded FROM identifier WHERE node IN ({_marks(some)}) AND kind IN ({_marks(kinds)})",
                (*some, *kinds),
            )
            for node, folded in rows:
                spelt = set(folded.split())
                for words in said:
                    shared = len(spelt & words)
                    score = KNOWN * (shared / (len(words) or 1) - (1 - shared / (len(spelt) or 1)))
                    found[node] = max(found.get(node, -KNOWN), score)
        return found

    def _has(self, code: Code, word: int) -> bool:
        name = self.kinds[word >> KIND_SHIFT]
        return name not in OF_THEIR_OWN if code.kinds is None else name in code.kinds

    def _name_first(self, word: int) -> float:
        # The same word in a name and in an address made from the name: the name is what was said.
        return 1.0 if self.kinds[word >> KIND_SHIFT] in NAMES else 0.98

    @staticmethod
    def _keep(alike: dict[int, float], word: int, score: float) -> None:
        if score >= LEAST_ALIKE and alike.get(word, 0.0) < score:
            alike[word] = score

    def _beginning(self, text: str, whole: bool) -> Rows:
        if whole:
            return self._ask(
                f"SELECT id, role, text FROM word WHERE text = ? AND id >> {KIND_SHIFT} IN ({self._marks})", text
            )
        return self._ask(
            f"SELECT id, role, text FROM word WHERE text >= ? AND text < ? AND id >> {KIND_SHIFT} IN ({self._marks})"
            f" ORDER BY length(text), text, id LIMIT {MOST_WORDS}",
            text,
            text + "\U0010ffff",
        )

    def _containing(self, text: str) -> Rows:
        trigrams = self._rarest(text, every=True)
        if not trigrams:
            return []
        return self._ask(
            "SELECT w.id, w.role, w.text FROM (SELECT rowid AS id FROM gram WHERE gram MATCH ?) AS g"
            f" JOIN word w ON w.id = g.id WHERE instr(w.text, ?) AND g.id >> {KIND_SHIFT} IN ({self._marks})"
            f" ORDER BY length(w.text), w.text, w.id LIMIT {4 * MOST_WORDS}",
            " AND ".join(map(_quoted, trigrams[:3])),
            text,
        )

    def _sharing_trigrams(self, text: str) -> Rows:
        trigrams = self._rarest(f"<{text}>", every=False)
        if not trigrams:
            return []
        each = " UNION ALL ".join(["SELECT rowid AS id FROM gram WHERE gram MATCH ?"] * len(trigrams))
        return self._ask(
            f"SELECT w.id, w.role, w.text FROM (SELECT id FROM ({each}) WHERE id >> {KIND_SHIFT} IN ({self._marks})"
            f" GROUP BY id ORDER BY count(*) DESC, id LIMIT {MOST_WORDS}) AS g JOIN word w ON w.id = g.id",
            *map(_quoted, trigrams),
        )

    def _slip_away(self, text: str) -> Rows:
        forms = tuple(sorted({text, *with_one_left_out(text)}))
        marks = _marks(forms)
        rows = self._ask(
            f"SELECT w.id, w.role, w.text FROM near n JOIN word w ON w.id = n.word WHERE n.text IN ({marks})"
            f" AND n.word >> {KIND_SHIFT} IN ({self._marks})",
            *forms,
        )
        missing = self._ask(
            f"SELECT id, role, text FROM word WHERE text IN ({marks}) AND role = {int(Role.PART)}"
            f" AND id >> {KIND_SHIFT} IN ({self._marks})",
            *forms,
        )
        return rows + missing

    def _rarest(self, text: str, every: bool) -> list[str]:
        """The trigrams of a text, rarest first; empty if `every` one must be known and one is not.

        What many words share costs most and tells least: past the first few the frequent ones are left out.
        """
        trigrams = [text[start : start + 3] for start in range(len(text) - 2)]
        known = self._store.rarity(trigrams)
        if every and len(known) < len(set(trigrams)):
            return []
        chosen: list[str] = []
        rows = 0
        for trigram in sorted(known, key=lambda one: (known[one], one))[:MOST_TRIGRAMS]:
            rows += known[trigram]
            if rows > MOST_ROWS and len(chosen) >= LEAST_TRIGRAMS:
                break
            chosen.append(trigram)
        return chosen

    def _ask(self, question: str, *said: str) -> Rows:
        # The readings of one query share many of their words.
        if (question, *said) not in self._answers:
            self._answers[question, *said] = self._connection.execute(question, (*said, *self.kinds)).fetchall()
        return self._answers[question, *said]

    def _nodes_of(self, alike: dict[int, float]) -> Evidence:
        missing = [word for word in alike if word not in self._postings]
        for some in _portions(missing):
            for word in some:
                self._postings[word] = []
            if self._types is None:
                rows = self._connection.execute(f"SELECT word, node FROM posting WHERE word IN ({_marks(some)})", some)
            else:
                rows = self._connection.execute(
                    "SELECT p.word, p.node FROM posting p JOIN node n ON n.id = p.node"
                    f" WHERE p.word IN ({_marks(some)}) AND n.type IN ({_marks(self._types)})",
                    (*some, *self._types),
                )
            for word, node in rows:
                self._postings[word].append(node)
        found: Evidence = {}
        for word, score in alike.items():
            kind = word >> KIND_SHIFT
            withheld = self._withheld.get(kind, frozenset())
            for node in self._postings[word]:
                if node not in withheld and (node not in found or found[node][0] < score):
                    found[node] = (score, kind)
        return found

    def _numbers(self, places: Iterable[tuple[str, str]]) -> frozenset[int]:
        """Numbers of nodes by type and key; what the index does not know is left out."""
        asked = "SELECT id FROM node WHERE type = ? AND key = ?"
        found = (self._connection.execute(asked, place).fetchone() for place in places)
        return frozenset(row[0] for row in found if row is not None)


def _alikeness(said: str, meant: str) -> float:
    most = tolerated(len(said))
    made = slips(said, meant, most)
    return 0.0 if made > most else 1.0 - made / max(len(said), len(meant))


def _quoted(trigram: str) -> str:
    """A trigram as an FTS5 string: whatever was typed, it is never read as an expression."""
    return '"' + trigram.replace('"', '""') + '"'


def _portions(numbers: Iterable[int], most: int = 500) -> Iterator[tuple[int, ...]]:
    every = tuple(numbers)
    for start in range(0, len(every), most):
        yield every[start : start + most]


def _marks(values: Collection[object]) -> str:
    return ",".join("?" * len(values))
