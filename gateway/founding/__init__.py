"""Founding: a new installation, made from questions."""
