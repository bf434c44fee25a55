"""Doctor: an installation examined without changing anything; each check is a function of this folder."""
