"""What to train next: plans a search, runs it against a store, and reads a run back."""
