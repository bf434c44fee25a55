"""An OpenLDAP directory behind the ports `accounts` and `groups`."""
