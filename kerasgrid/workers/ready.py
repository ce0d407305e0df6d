"""What workers need that takes long, begun before anything else, and whether it can be used. It imports little."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from kerasgrid.errors import RunError
from kerasgrid.system.devices import CPU, OPTION, DeviceKind, environment_at
from kerasgrid.system.quiet import quiet_stderr
from kerasgrid.workers.processes import start_process, start_server

_SECONDS_TO_LOOK = 120.0
"""How long TensorFlow may take to be imported and to find its devices."""


def get_ready() -> None:
    """Begin to import TensorFlow in a process of its own, in the background.

    Raises:
        RunError: if ``KERAS_BACKEND`` names another backend than TensorFlow, or TensorFlow is not installed.
    """
    from kerasgrid.engine.keras_setup import PRELOAD, check_backend

    check_backend()
    start_server(PRELOAD)


def check_usable(kind: DeviceKind) -> None:
    """Check that TensorFlow can train on devices of a kind, which a process of its own has to try.

    Raises:
        RunError: It cannot.
    """
    if kind.name == CPU:
        return
    from multiprocessing import Pipe

    place = next(iter(kind.places()))
    ours, theirs = Pipe()
    process = start_process(_look, (theirs, environment_at(kind, place), kind.of_tensorflow))
    theirs.close()
    try:
        told = ours.recv() if ours.poll(_SECONDS_TO_LOOK) else "it has not answered"
    except (EOFError, OSError):
        process.join(5)
        told = f"it ended with exit status {process.exitcode}"
    finally:
        process.kill()
        ours.close()
    if told is not None:
        rule = f"TensorFlow cannot train on the {kind.label} that is here"
        raise RunError(rule, where=OPTION, got=str(told), hint="see docs/how_to/gpu.md, or use --device cpu")


def _look(answers: Any, environment: Mapping[str, str], of_tensorflow: str) -> None:
    """Send what is wrong with a device, as text; None if nothing is."""
    os.environ.update(environment)
    try:
        from kerasgrid.engine.devices import tried_out
        from kerasgrid.engine.keras_setup import set_up_process

        # What TensorFlow says of a device that it cannot have is for developers; its answer is enough.
        with quiet_stderr():
            set_up_process()
            told = tried_out(of_tensorflow)
        answers.send(told)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is why there is none
        answers.send(f"{type(error).__name__}: {' '.join(str(error).split())[:300]}")
