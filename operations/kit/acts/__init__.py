"""Desk acts: mutations that are about runs, callers, freezes and rights, not about an employee's things."""
