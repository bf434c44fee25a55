"""Search by anything a caller can say: an index of identifiers alone, whose matches are then read through the graph."""
