"""Fits that share a prefix: one training, read off at several epochs. Imports neither TensorFlow nor Keras."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from kerasgrid.fits.fit import Fit

Shared = tuple[Fit, ...]
"""Fits that are one training, those of fewer epochs first: each is what the last one is up to its own epochs."""


def epochs_of(fit: Fit, task: str) -> int:
    """Return how many epochs a fit is to have."""
    epochs = fit.candidate.resolved(task).params["epochs"]
    assert isinstance(epochs, int)
    return epochs


def shared(fits: Iterable[Fit], task: str) -> list[Shared]:
    """Return the trainings that fits are, in the order of the first fit of each.

    Seeds, batch orders and dropout masks of a fit do not depend on its epochs. So fits that differ in nothing else are
    one training, unless something spans all epochs: see :attr:`kerasgrid.axes.parameter.Parameter.spans_epochs`.

    Args:
        fits: The fits, in any order.
        task: What is predicted: one of :data:`kerasgrid.axes.names.TASKS`.
    """
    groups: dict[Hashable, list[Fit]] = {}
    for fit in fits:
        groups.setdefault(_in_common(fit, task), []).append(fit)
    return [tuple(sorted(group, key=lambda fit: epochs_of(fit, task))) for group in groups.values()]


def _in_common(fit: Fit, task: str) -> Hashable:
    """Return what the fits of one training have in common; the fit itself where there are no others."""
    prefix = fit.candidate.resolved(task).prefix
    if prefix is None:
        return fit
    return prefix, fit.fold, fit.repeat, fit.seed, fit.curve_every, fit.metrics, fit.curve_metrics
