"""The questions the graph asks of a domain, and the records that answer them."""
