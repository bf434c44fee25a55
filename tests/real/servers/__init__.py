"""Real corporate servers on loopback: installed, started and stopped by one command."""
