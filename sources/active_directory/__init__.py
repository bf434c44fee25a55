"""An Active Directory domain behind the ports `accounts` and `groups`."""
