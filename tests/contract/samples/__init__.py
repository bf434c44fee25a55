"""One sample per write of each port: a module named as the port, with SAMPLES by write (shape: tests.contract.writing)."""
