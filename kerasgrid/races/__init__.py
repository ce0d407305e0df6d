"""Which of the fits that a strategy asks for are still worth training, from the results so far alone."""
