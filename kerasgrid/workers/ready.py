"""What workers need that takes long, begun before anything else. It imports little for that."""

from __future__ import annotations

from kerasgrid.workers.processes import start_server


def get_ready() -> None:
    """Begin to import TensorFlow in a process of its own, in the background.

    Raises:
        RunError: if ``KERAS_BACKEND`` names another backend than TensorFlow, or TensorFlow is not installed.
    """
    from kerasgrid.engine.keras_setup import PRELOAD, check_backend

    check_backend()
    start_server(PRELOAD)
