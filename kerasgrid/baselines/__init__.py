"""What networks are held against: simple models of scikit-learn, trained and scored on the same folds."""
