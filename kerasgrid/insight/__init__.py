"""What the results mean: pure functions on tables of trials."""
