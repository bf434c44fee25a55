"""Certificate authority, Vault-style API."""
