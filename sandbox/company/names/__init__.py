"""Invented names of people, one pool of them per language and part of the world."""
