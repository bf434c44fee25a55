"""Tests that use a running gateway as its people do."""
