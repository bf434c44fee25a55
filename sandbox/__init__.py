"""A made-up company: its people, its systems' twins and its installation."""
