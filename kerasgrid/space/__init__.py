"""What to try: the space file, its axes, and the candidates they make. Imports neither TensorFlow nor Keras."""
