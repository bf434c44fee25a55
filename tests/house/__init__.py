"""How this house is built: what holds of the code as a whole."""
