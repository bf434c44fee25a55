"""Devices over GraphQL: many keys by aliases in one request."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, Final, TypeVar

from sources.equipment_graphql import mapping
from sources.kit.graphql import GraphqlTransport
from sources.kit.reading import BadData, optional_rows, optional_text, part, rows, text, truth
from sources.kit.source import Instance, Source
from sources.ports.call import CallContext
from sources.ports.equipment import Device
from sources.ports.errors import Answer, SourceError
from sources.ports.identifiers import Identifier
from sources.ports.keys import EmployeeRef
from sources.ports.question import Need
from sources.ports.write import TAKEN, Written

_FIELDS_OF_ASSET: Final = """query { __type(name: "Asset") { fields { name } } }"""
_MUTATIONS: Final = """query { __type(name: "Mutation") { fields { name } } }"""
_PAGE: Final = 500
_MOST_PAGES: Final = 1_000
R = TypeVar("R")


class GraphqlEquipment(Source):
    """The asset register. Its schema is introspected once, at the start or with the first question: only fields that
    it has are asked for, the attributes of others stay empty.
    """

    system: ClassVar[str] = "equipment_graphql"

    def __init__(self, instance: Instance) -> None:
        super().__init__(instance)
        token = self.settings.get("token")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        path = self.settings.get("path") or "/graphql"
        self._graphql = GraphqlTransport(self.http(self.settings["url"], headers=headers), path)
        writer = self.settings.get("write_token")
        self._writes = self._graphql
        if writer:
            writing = {"Authorization": f"Bearer {writer}"}
            self._writes = GraphqlTransport(self.http(self.settings["url"], headers=writing), path)
        width = self.settings.get("id_width")
        self._numbers = mapping.Numbers(int(width) if width else None)
        self._offered: frozenset[str] | None = None
        self._introspecting = asyncio.Lock()
        self._mutations: frozenset[str] | None = None

    async def start(self, call: CallContext) -> None:
        """Learn which fields the register has."""
        await self._fields(call)

    async def close(self) -> None:
        """Close all connections."""
        await self._graphql.close()
        await self._writes.close()

    async def devices_of(
        self, keys: Sequence[EmployeeRef], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[Device, ...]]]:
        """Devices each answers for, by asset tag."""
        asked = mapping.selection(need, await self._fields(call))
        written = [self._numbers.outward(key.employee_id) for key in keys]
        wanted = f"id assetsByAssignedTo {{ nodes {{ {asked} }} }}"
        found = await self._graphql.each("employeeById", "id", "String!", written, wanted, call)
        return [
            self._read(employee, partial(self._devices, key.employee_id), ())
            for key, employee in zip(keys, found, strict=True)
        ]

    async def device_by_tag(self, keys: Sequence[str], need: Need, call: CallContext) -> Sequence[Answer[Device]]:
        """Devices by asset tag."""
        asked = mapping.selection(need, await self._fields(call))
        found = await self._graphql.each("assetByTag", "tag", "String!", list(keys), asked, call)
        return [self._read(row, lambda each: mapping.device_of(each, self.name, self._numbers), None) for row in found]

    async def identifiers(self, call: CallContext) -> Sequence[Identifier]:
        """Tags, serials, host names and addresses of all devices, page after page."""
        offered = await self._fields(call)
        swept = " ".join(field for field in mapping.SWEPT if field in offered)
        document = (
            "query($first: Int!, $after: Cursor) { allAssets(first: $first, after: $after, orderBy: PRIMARY_KEY_ASC) "
            f"{{ nodes {{ {swept} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        )
        found: list[Identifier] = []
        after: str | None = None
        for _page in range(_MOST_PAGES):
            answer = await self._graphql.query(document, {"first": _PAGE, "after": after}, call)
            if "allAssets" in answer.problems:
                raise SourceError("SOURCE_REJECTED", self.name, answer.problems["allAssets"])
            assets = part(answer.data, "allAssets")
            for row in rows(assets, "nodes"):
                found.extend(mapping.identifiers_of(row))
            place = part(assets, "pageInfo")
            if truth(place, "hasNextPage") is None:
                raise BadData("hasNextPage: true or false is missing")
            before, after = after, optional_text(place, "endCursor")
            if not place["hasNextPage"]:
                return found
            if after is None or after == before:
                break
        raise BadData("pages without an end")

    async def assign(self, tag: str, owner: EmployeeRef, call: CallContext) -> Written:
        """Hand a device out."""
        return await self._change(mapping.assigned(tag, self._numbers.outward(owner.employee_id)), call, "assign")

    async def return_to_stock(self, tag: str, call: CallContext) -> Written:
        """Take a device back into stock."""
        return await self._change(mapping.returned(tag), call, "return_to_stock")

    async def block(self, tag: str, call: CallContext) -> Written:
        """Mark a device as lost."""
        return await self._change(mapping.lost(tag), call, "block")

    async def _change(self, change: mapping.Change, call: CallContext, write: str) -> Written:
        """Run the register's own function for it where there is one, else the update that every table has."""
        offered = await self._offered_mutations(call)
        own = change.function in offered
        document, variables = change.by_function(write) if own else change.by_update(write)
        answer = await self._writes.query(document, variables, call, operation_name=write, write=write)
        if answer.problems:
            raise SourceError("SOURCE_REJECTED", self.name, next(iter(answer.problems.values())))
        changed = answer.data.get("changed")
        if changed is None or changed.get("asset") is None:
            raise SourceError("SOURCE_REJECTED", self.name, "no such asset")
        return TAKEN

    async def _offered_mutations(self, call: CallContext) -> frozenset[str]:
        """The mutations this register has."""
        if self._mutations is None:
            answer = await self._graphql.query(_MUTATIONS, {}, call)
            self._mutations = frozenset(
                text(field, "name") for field in optional_rows(part(answer.data, "__type"), "fields")
            )
        return self._mutations

    def _devices(self, sought: str, employee: Any) -> tuple[Device, ...]:
        if self._numbers.inward(text(employee, "id")) != sought:
            # another number that is written the same without its zeros
            return ()
        return mapping.devices_of(employee, self.name, self._numbers)

    def _read(self, found: Any, read: Callable[[Any], R], none: R | None) -> Answer[R]:
        if found is None:
            return none
        if isinstance(found, SourceError):
            return found
        try:
            return read(found)
        except BadData as problem:
            return SourceError("BAD_SOURCE_DATA", self.name, str(problem))

    async def _fields(self, call: CallContext) -> frozenset[str]:
        """The fields an asset has in this register."""
        if self._offered is None:
            async with self._introspecting:
                if self._offered is None:
                    answer = await self._graphql.query(_FIELDS_OF_ASSET, {}, call)
                    offered = frozenset(text(field, "name") for field in rows(part(answer.data, "__type"), "fields"))
                    lacking = {"tag", "kind", "status"} - offered
                    if lacking:
                        raise BadData(f"the register's assets have no {', '.join(sorted(lacking))}")
                    self._offered = offered
        return self._offered
