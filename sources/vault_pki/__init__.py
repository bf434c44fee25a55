"""A certificate authority behind Vault's API, port `certificates`."""
