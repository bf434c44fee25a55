"""Disconnect from the VPN."""
