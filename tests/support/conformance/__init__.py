"""Models of everything that Keras has, trained by the engine and by Keras itself."""
