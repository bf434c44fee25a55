"""The made-up company as plain facts, the same for the same number of people, seed and day."""
