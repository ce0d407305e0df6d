"""What may vary: hyperparameters, axes, candidates. Imports neither TensorFlow nor Keras."""
