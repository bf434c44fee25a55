"""OpenVPN: open tunnels, asked through the management interface."""
