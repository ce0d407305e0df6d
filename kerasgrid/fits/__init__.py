"""What one training is and what came of it. Imports neither TensorFlow nor Keras."""
