"""Commands of `okno` that a folder of code brings along, one file for each word."""
