"""Who asks: tokens, and the viewers they stand for."""
