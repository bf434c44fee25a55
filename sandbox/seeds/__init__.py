"""The company's facts in the words of each system: what its twin, or a real server in tests, is filled with."""
