"""States of fits as bytes: all that their next epochs depend on, bit for bit."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np

from kerasgrid.engine.training import State
from kerasgrid.fits.states import States

_TOLD = "told"


def longest_state(states: States, epochs: int) -> State | None:
    """Return the state after the most epochs below these that can be read; None if there is none."""
    for path in states.before(epochs):
        state = read_state(path)
        if state is not None:
            return state
    return None


def as_bytes(state: State) -> bytes:
    """Return a state as the content of a file."""
    # As bytes, since NumPy's format does not know all types of weights, such as bfloat16.
    forms = [(array.dtype.name, array.shape) for array in state.arrays]
    told = json.dumps({"told": state.told, "forms": forms}).encode()
    file = io.BytesIO()
    parts = {str(number): np.frombuffer(array.tobytes(), np.uint8) for number, array in enumerate(state.arrays)}
    np.savez(file, allow_pickle=False, **{_TOLD: np.frombuffer(told, np.uint8)}, **parts)
    return file.getvalue()


def read_state(path: Path) -> State | None:
    """Return the state in a file; None where it is gone or damaged."""
    try:
        # A damaged file would be left open.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as parts:
            head = json.loads(parts[_TOLD].tobytes())
            arrays = [
                np.frombuffer(parts[str(number)].tobytes(), np.dtype(name)).reshape(shape)
                for number, (name, shape) in enumerate(head["forms"])
            ]
        return State(arrays, head["told"])
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None
