"""What every operation is made of: the contract, the plan, the journal, the runner, and the fields of the graph."""
