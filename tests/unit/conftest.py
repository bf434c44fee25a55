"""How the unit tests generate their examples: the same ones on every machine, and no clock to trip over."""

from hypothesis import settings

settings.register_profile("unit", deadline=None, max_examples=60, derandomize=True, database=None)
settings.load_profile("unit")
