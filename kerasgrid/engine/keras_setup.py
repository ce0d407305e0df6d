"""Settings of TensorFlow and Keras that every process needs that trains or builds models, whatever started it."""

from __future__ import annotations

import importlib.util
import os
import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from kerasgrid.errors import RunError
from kerasgrid.system.quiet import quiet_stderr

PRELOAD = ("kerasgrid.engine.preload",)
"""What a fork server imports, so that its processes have TensorFlow, Keras and the engine at once."""

_one_at_a_time = threading.RLock()


def check_backend() -> None:
    """Check that this machine can train.

    Raises:
        RunError: if ``KERAS_BACKEND`` names another backend, or TensorFlow is not installed.
    """
    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if backend != "tensorflow":
        raise RunError(
            "kerasgrid trains with Keras's tensorflow backend",
            where="KERAS_BACKEND",
            got=backend,
            hint="unset KERAS_BACKEND or set it to tensorflow",
        )
    if importlib.util.find_spec("tensorflow") is None:
        raise RunError("TensorFlow is not installed", hint="pip install tensorflow")


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


def one_thread() -> None:
    """Make TensorFlow use one thread, as small matrices want it, and only as much of a device's memory as it needs.

    Raises:
        RuntimeError: if TensorFlow has begun to compute.
    """
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    for device in tf.config.list_physical_devices():
        if device.device_type not in ("CPU", "XLA_CPU"):
            # Several processes share it.
            tf.config.experimental.set_memory_growth(device, True)


def set_up_process() -> None:
    """Import TensorFlow and Keras into a process that is ours alone: single-threaded, quiet, by standard settings.

    Raises:
        RuntimeError: if TensorFlow has begun to compute.
    """
    before_import()
    import tensorflow as tf

    one_thread()
    tf.get_logger().setLevel("ERROR")
    after_import()


def import_as_guest() -> None:
    """Import TensorFlow and Keras into a process that is the user's: what is there already stays as it is.

    Only where neither is imported yet, TensorFlow gets one thread.

    Raises:
        RunError: if Keras runs on another backend here, or TensorFlow is not installed.
    """
    if "keras" not in sys.modules and "tensorflow" not in sys.modules:
        check_backend()
        before = dict(os.environ)
        before_import()
        try:
            with quiet_stderr():
                import keras
                import tensorflow as tf

                one_thread()
                tf.zeros([])  # now, while it is quiet, it says what devices there are not
        finally:
            for name in ("TF_CPP_MIN_LOG_LEVEL", "KERAS_BACKEND"):
                if name not in before:
                    del os.environ[name]
    import keras

    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise RunError(
            "kerasgrid trains with Keras's tensorflow backend",
            where="keras",
            got=backend,
            hint="set KERAS_BACKEND=tensorflow before Keras is imported",
        )


@contextmanager
def at_work_as_guest() -> Iterator[None]:
    """Do as :func:`import_as_guest`, then as :func:`as_guest`, one thread at a time: settings are the process's."""
    with _one_at_a_time:
        import_as_guest()
        with as_guest():
            yield


@contextmanager
def as_guest() -> Iterator[None]:
    """Build and train under the standard settings of Keras, and leave the user's settings and seeds as they were."""
    import keras
    import numpy as np
    import tensorflow as tf

    states = random.getstate(), np.random.get_state()
    # A program a structure is how this works; TensorFlow takes it for a mistake, and warns of it at length.
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("ERROR")
    config = keras.config
    floatx, policy, image_format = config.floatx(), config.dtype_policy(), config.image_data_format()
    after_import()
    config.set_dtype_policy("float32")
    try:
        yield
    finally:
        logger.setLevel(level)
        config.set_floatx(floatx)
        config.set_dtype_policy(policy)
        config.set_image_data_format(image_format)
        random.setstate(states[0])
        np.random.set_state(states[1])
