"""Estimators for scikit-learn: Keras models behind ``fit`` and ``predict``, trained by the compiled engine."""
