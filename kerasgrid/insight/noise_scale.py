"""The noise scale of stochastic gradient descent: how much its steps jump about. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.names import SGD_OPTIMIZERS
from kerasgrid.axes.parameters import MODEL, PARAMETERS, default_of, normalise
from kerasgrid.axes.value import Value
from kerasgrid.errors import SpaceError

_NUMBERS = ("learning_rate", "batch_size", "momentum")


def noise_scale(learning_rate: float, n_samples: int, batch_size: int, momentum: float = 0.0) -> float:
    """Return g ≈ learning_rate · N / (batch_size · (1 − momentum)) (Smith et al. 2018, section 2).

    Fits of equal noise scale behave alike: ten times the batch size acts like a tenth of the learning rate. It holds
    for a batch that is small against the data.

    Args:
        learning_rate: Above 0.
        n_samples: N, the number of training samples of a fit, at least 1.
        batch_size: At least 1; a batch larger than the data is all of it.
        momentum: From 0, 1 excluded.
    """
    return learning_rate * n_samples / (min(batch_size, n_samples) * (1.0 - momentum))


def noise_scales(candidates: Sequence[Candidate], n_samples: int) -> list[float | None]:
    """Return the noise scale of each candidate; None without an optimizer of the SGD family.

    Args:
        candidates: In any order; defaults are filled in.
        n_samples: Training samples of a fit; with 0, unknown, all are None.
    """
    return [_of(candidate, n_samples) for candidate in candidates]


def _of(candidate: Candidate, n_samples: int) -> float | None:
    if n_samples < 1:
        return None
    try:
        optimizer = str(_value(candidate, "optimizer", ""))
        if optimizer not in SGD_OPTIMIZERS:
            return None
        rate, batch, momentum = (float(str(_value(candidate, name, optimizer))) for name in _NUMBERS)
    except SpaceError:  # of a run that another version has written
        return None
    return noise_scale(rate, n_samples, int(batch), momentum)


def _value(candidate: Candidate, name: str, optimizer: str) -> Value:
    """Return a parameter of a candidate, its default filled in; resolving all of it would take most of a report."""
    value = candidate.get(name)
    if value is not None:
        return normalise(name, value)
    return default_of(PARAMETERS[name], "classification", optimizer, str(MODEL.default), "")
