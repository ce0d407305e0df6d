"""What is known of a search: its store, its plan, and the run that all reports are made of."""
