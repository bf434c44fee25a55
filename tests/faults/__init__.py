"""Systems refused, hanging, cut, slow or answering garbage, one and two at a time, behind one whole answer."""
