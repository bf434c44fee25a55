"""What is told of the gateway's work: figures, traces, logs, and who uses what."""
