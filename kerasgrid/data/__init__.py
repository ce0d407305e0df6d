"""What to learn from: data sets, where they come from, and folds. Imports neither TensorFlow nor Keras."""
