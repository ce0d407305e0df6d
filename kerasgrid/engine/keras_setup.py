"""Settings of TensorFlow and Keras that every process needs that trains or builds models, whatever started it."""

from __future__ import annotations

import os


def before_import() -> None:
    """Set what TensorFlow and Keras read when they are imported; no use afterwards."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # A keras.json in the user's home may name another backend; KERAS_BACKEND was checked by check_backend.
    os.environ["KERAS_BACKEND"] = "tensorflow"


def after_import() -> None:
    """Set what a keras.json in the user's home may have set otherwise, and numbers depend on."""
    import keras

    keras.config.set_floatx("float32")
    keras.config.set_image_data_format("channels_last")
