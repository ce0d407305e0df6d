"""What to try next, from the results so far alone."""
