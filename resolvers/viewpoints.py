"""Viewpoints: the schema as holders of certain rights may know it. Made when first wanted, kept while they are used."""

from collections import OrderedDict
from typing import Any, Final

from graphql import GraphQLSchema

from authz.labels import Coordinate, Labels
from authz.profile import Profile, Verdict
from resolvers.views import view_of

_MOST: Final = 64


class Viewpoints:
    """Schemas by what is left out of them. The whole one is what is executed, whoever asks."""

    def __init__(self, schema: GraphQLSchema, labels: Labels) -> None:
        self._schema = schema
        self._labels = labels
        self._made: OrderedDict[frozenset[Coordinate], GraphQLSchema] = OrderedDict()
        self._hidden: OrderedDict[str, frozenset[Coordinate]] = OrderedDict()

    def hidden(self, profile: Profile) -> frozenset[Coordinate]:
        """Fields that holders of these rights may never see and may not even know of."""
        known = self._hidden.get(profile.id)
        if known is None:
            known = self._hidden[profile.id] = frozenset(
                coordinate
                for coordinate, place in self._labels.of.items()
                if self._labels.all[place].hidden and profile.verdicts[place] is Verdict.DENY
            )
            while len(self._hidden) > _MOST:
                self._hidden.popitem(last=False)
        return known

    def shown(self, profile: Profile) -> GraphQLSchema:
        """What introspection tells: only what holders of these rights may see of somebody."""
        return self.without(
            frozenset(
                coordinate
                for coordinate, place in self._labels.of.items()
                if profile.verdicts[place] is Verdict.DENY
                or (profile.verdicts[place] is Verdict.MASK and not self._shows_masked(coordinate))
            )
        )

    def _shows_masked(self, coordinate: Coordinate) -> bool:
        """Whether those who may see no more than masked values are shown anything by a field."""
        kind: Any = self._schema.type_map[coordinate[0]]
        resolve = kind.fields[coordinate[1]].resolve
        return bool(resolve.opens or resolve.mask)

    def without(self, coordinates: frozenset[Coordinate]) -> GraphQLSchema:
        """The schema less some fields and what hangs on them alone."""
        if not coordinates:
            return self._schema
        made = self._made.get(coordinates)
        if made is None:
            made = self._made[coordinates] = view_of(self._schema, coordinates)
            while len(self._made) > _MOST:
                self._made.popitem(last=False)
        else:
            self._made.move_to_end(coordinates)
        return made
