"""OpenLDAP directory."""
