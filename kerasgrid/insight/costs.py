"""How long fits take, from those that were trained: a regression of the logarithm of their seconds. Pure functions.

A fit takes its epochs and samples times what an epoch of one sample takes, and this depends on the batch size, the
sizes of the network, and kinds of things. Little is known of it when an estimate is wanted most, after a few fits, so
it is learnt from a prior (Bayesian linear regression, see Bishop 2006, section 3.3): what was not seen counts as usual.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_NOISE = 0.2
"""Standard deviation of the logarithm of what equal fits take."""

_ANYTHING = 5.0
"""That of a coefficient of which nothing is known."""

_OF_SIZES = (0.4, 0.3)
"""Expectation and standard deviation of the exponent of a size: not all of a step of a small network is products."""

_OF_NUMBERS = (0.0, 0.2)
_OF_KINDS = (0.0, 0.5)
"""Of other numbers, and of what is no number, of which the learning rate matters little and the optimizer more."""


@dataclass(frozen=True, slots=True)
class Design:
    """What the costs of some fits are told from.

    Attributes:
        columns: (n, n_coefficients).
        offset: The logarithm of what a fit's costs are proportional to, (n,).
        mean: What the coefficients are before anything was measured, (n_coefficients,).
        spread: Their standard deviations then.
    """

    columns: Floats
    offset: Floats
    mean: Floats
    spread: Floats


def design(params: Sequence[Mapping[str, Any]], n_samples: Sequence[int]) -> Design:
    """Return what the costs of fits are told from.

    Args:
        params: Resolved hyperparameters of each fit, at least one.
        n_samples: How many samples each is trained on.
    """
    columns: list[Floats] = [np.ones(len(params))]
    priors = [(0.0, _ANYTHING)]
    offset = np.log([int(one["epochs"]) * max(1, n) for one, n in zip(params, n_samples, strict=True)])
    for name in sorted({name for one in params for name in one} - {"epochs"}):
        values = [one.get(name) for one in params]
        if all(value == values[0] for value in values):
            continue
        # Half as many steps of twice as many samples: as far as a step's cost is the same, the epoch's is halved.
        exponents = (-0.5, 0.3) if name == "batch_size" else _OF_SIZES
        for column, prior in _columns(values, exponents):
            columns.append(column)
            priors.append(prior)
    mean, spread = np.array(priors).T
    return Design(np.stack(columns, axis=1), offset, mean, spread)


def predicted_seconds(table: Design, measured: Sequence[int], seconds: Sequence[float]) -> Floats:
    """Return what each fit of a table is expected to take, (n,).

    Args:
        table: All fits.
        measured: Rows that were trained, at least one; more than once, if of several folds.
        seconds: What each of these took.
    """
    rows = table.columns[list(measured)]
    told = np.log(np.maximum(seconds, 1e-6)) - table.offset[list(measured)]
    precision = np.diag(table.spread**-2.0)
    # The level is not what is unsure of the other coefficients: it is known from the first fit on.
    center = told.mean() - rows.mean(axis=0)[1:] @ table.mean[1:]
    mean = np.concatenate([[center], table.mean[1:]])
    normal = rows.T @ rows / _NOISE**2 + precision
    coefficients = mean + np.linalg.solve(normal, rows.T @ (told - rows @ mean) / _NOISE**2)
    return np.asarray(np.exp(table.columns @ coefficients + table.offset))


def _columns(values: Sequence[Any], exponents: tuple[float, float]) -> list[tuple[Floats, tuple[float, float]]]:
    """Return the columns of one hyperparameter, each with the prior of its coefficient."""
    if all(isinstance(value, tuple) and all(isinstance(one, int | float) for one in value) for value in values):
        total = np.log([1.0 + sum(abs(one) for one in value) for value in values])
        length = np.log([1.0 + len(value) for value in values])
        return [(_centred(total), _OF_SIZES), (_centred(length), _OF_SIZES)]
    if all(isinstance(value, int) and not isinstance(value, bool) and value > 0 for value in values):
        return [(_centred(np.log(np.array(values, np.float64))), exponents)]
    if all(isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) for value in values):
        numbers = np.array(values, np.float64)
        return [(_centred(np.argsort(np.argsort(numbers)) / len(numbers)), _OF_NUMBERS)]
    texts = [repr(value) for value in values]
    return [(np.array([text == one for text in texts], np.float64), _OF_KINDS) for one in sorted(set(texts))]


def _centred(column: Floats) -> Floats:
    return np.asarray(column - column.mean())
