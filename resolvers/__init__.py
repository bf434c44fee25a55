"""How a field is obtained: the one road of a read, from the document to the answer."""
