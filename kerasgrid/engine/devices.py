"""What this process trains on, as TensorFlow sees it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import tensorflow as tf

from kerasgrid.errors import FitError, RunError
from kerasgrid.system.devices import own_kind

_CPU = "CPU"

_OUT_OF_MEMORY = ("out of memory", "ALLOC_FAILED")
"""What libraries of a device say, of whose errors TensorFlow makes internal ones."""


def accelerators() -> list[Any]:
    """Return the devices beside the processor; what is a gain on that may be a loss there."""
    return [device for device in tf.config.list_physical_devices() if device.device_type not in (_CPU, "XLA_CPU")]


def is_on_cpu() -> bool:
    """Whether all is computed by the processor."""
    return not accelerators()


def only_cpu() -> None:
    """Have this process touch no device but the CPU, if it has touched none yet: others are to train there."""
    with suppress(RuntimeError):
        tf.config.set_visible_devices(tf.config.list_physical_devices(_CPU))


def tried_out(kind: str) -> str | None:
    """Return why nothing can be computed on this kind of device; None if something can.

    Args:
        kind: What TensorFlow calls it.
    """
    if not tf.config.list_physical_devices(kind):
        return f"no {kind} among its devices; it must be a TensorFlow with the libraries for one"
    with tf.device(f"/{kind}:0"):
        made = tf.linalg.matmul(tf.ones([8, 8]), tf.ones([8, 8]))
    return None if float(made[0, 0]) == 8.0 else f"8 × 1 made {float(made[0, 0])} on it"


def begin_on_own_kind() -> None:
    """Check that the kind of device is there that this process is to train on, and have it compute repeatably.

    Raises:
        RunError: It is not: nothing must be trained on another in its place.
    """
    kind = own_kind()
    if not tf.config.list_physical_devices(kind):
        raise RunError(f"the worker was to train on a {kind}, and TensorFlow sees none", exit_code=1)
    if kind != _CPU:
        # Sums of many threads come in any order there, unless it is asked for one.
        tf.config.experimental.enable_op_determinism()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that a device, or the machine, had no memory left for a tensor."""
    if isinstance(error, tf.errors.ResourceExhaustedError):
        return True
    return isinstance(error, tf.errors.InternalError) and any(words in str(error) for words in _OUT_OF_MEMORY)


def out_of_memory(error: BaseException) -> FitError:
    """Return what is said of a fit for which there was no memory."""
    return FitError(
        "there was no memory left for its tensors",
        got=" ".join(str(error).split())[:200],
        hint="a smaller batch_size, fewer units or filters, or fewer workers with --jobs",
    )


def is_unrepeatable(error: BaseException) -> bool:
    """Whether an error says that a device has no way to compute something the same every time."""
    return isinstance(error, tf.errors.UnimplementedError) and "determinis" in str(error).lower()
