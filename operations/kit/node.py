"""Ids of the graph, opened, for the inputs of operations."""

from resolvers.ids import NodeId

__all__ = ["NodeId"]
