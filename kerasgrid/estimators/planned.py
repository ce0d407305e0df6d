"""What a search has planned of the fits in this process: whether XLA compiles them. Imports no TensorFlow and no Keras.

An estimator that is fitted by itself is traced: of one fit alone nobody knows whether compiling pays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from kerasgrid.fits.batches import BatchSizes
from kerasgrid.fits.stopping import looks_at_epochs
from kerasgrid.models.costs import cost_of
from kerasgrid.workers.compiling import is_small


@dataclass(slots=True)
class PlannedFit:
    """A fit of a search.

    Attributes:
        compiled_samples: Fits on so many samples are compiled; None where none is. Whatever else a search's estimator
            fits, on parts of them, is traced.
        build_seconds: Seconds that were spent on building, tracing or compiling programs meanwhile.
    """

    compiled_samples: int | None = None
    build_seconds: float = 0.0


_PLANNED: ContextVar[PlannedFit | None] = ContextVar("planned_fit", default=None)


@contextmanager
def planned(compiled_samples: int | None) -> Iterator[PlannedFit]:
    """Have the fits of this thread be part of a search; see :class:`PlannedFit`."""
    fit = PlannedFit(compiled_samples)
    token = _PLANNED.set(fit)
    try:
        yield fit
    finally:
        _PLANNED.reset(token)


def spent_on_building(seconds: float) -> None:
    """Tell the search, if there is one, that building a program took so long."""
    fit = _PLANNED.get()
    if fit is not None:
        fit.build_seconds += seconds


def compiled_sizes(
    params: Mapping[str, Any], input_shape: tuple[int, ...], n_outputs: int, n_train: int, n_held_out: int
) -> BatchSizes | None:
    """Return the batch sizes that this fit is compiled for; None where it is traced.

    It depends on the plan and on the data alone, as fits of one kind must all be trained alike.

    Args:
        params: Resolved hyperparameters.
        input_shape: Shape of one sample as the model sees it.
        n_outputs: Number of classes or labels, or of targets.
        n_train: Samples that are trained on.
        n_held_out: Samples that the curves are measured on.
    """
    fit = _PLANNED.get()
    if fit is None or fit.compiled_samples != n_train + n_held_out or looks_at_epochs(params):
        return None
    # A pipeline may have made other samples of what was planned with.
    cost, sizes = cost_of(params, input_shape, n_outputs), BatchSizes.of(params, n_train, n_held_out)
    return sizes if cost is not None and is_small(cost, sizes) else None
