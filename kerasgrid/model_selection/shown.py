"""Parameters of any estimator as reports show them: what is no number, text or list of sizes becomes a short text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasgrid.axes.candidate import Value

_LONGEST = 60


def shown_params(params: Mapping[str, Any] | None) -> dict[str, Value]:
    """Return parameters with values that a :class:`kerasgrid.axes.candidate.Candidate` may hold."""
    return {str(name): shown_value(value) for name, value in (params or {}).items()}


def shown_value(value: Any) -> Value:
    """Return a number, a text, None or a tuple of whole numbers as it is, everything else as a short text."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple) and all(isinstance(size, int) and not isinstance(size, bool) for size in value):
        return tuple(value)
    if callable(value) and isinstance(getattr(value, "__name__", None), str):
        return str(value.__name__)
    # An address would differ each time.
    text = " ".join(re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value)).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
