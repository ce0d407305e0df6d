"""What to train: from hyperparameters and shapes to plain Keras models."""
