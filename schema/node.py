"""Node: whatever has an id of its own."""

import strawberry

from schema.declare import PUBLIC, definition_of, label, value


@strawberry.federation.interface(description="Whatever has an id of its own and can be asked for again by it.")
class Node:
    id: strawberry.ID = value("Opaque and stable; good for `node(id:)` and nothing else.", PUBLIC)


for _field in definition_of(Node).fields:
    label(_field, "structure", PUBLIC)
