"""Request Tracker behind the port `tickets`."""
