"""How one source's line stays healthy and never takes the others down."""
