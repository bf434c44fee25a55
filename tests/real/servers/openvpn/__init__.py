"""VPN gateway, management socket."""
