"""Tests: what holds, from single words to real servers."""
