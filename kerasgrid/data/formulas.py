"""Data sets that a formula makes up, for regression: a line, a falling stone, a sine, each with noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from kerasgrid.axes.names import FORMULAS
from kerasgrid.data.checks import check_seed
from kerasgrid.data.dataset import Dataset, FloatArray
from kerasgrid.errors import DataError

SIZE = 1000
NOISE = 0.1

_TEST_SHARE = 4
"""A test sample for so many training samples."""

Numbers = npt.NDArray[np.float64]

_RANGES: Mapping[str, tuple[float, float, Callable[[Numbers], Numbers]]] = {
    "linear": (-1.0, 1.0, lambda x: 3.0 * x + 4.0),
    "free_fall": (0.0, 1.0, lambda x: 9.8 * x**2),
    "sine": (-np.pi, np.pi, np.sin),
}


def make_formula(name: str, *, size: int | None = None, noise: float | None = None, seed: int = 0) -> Dataset:
    """Return samples (x, y) of a formula, x uniform in its range and normal noise on y.

    ``linear`` is y = 3x + 4 for x in −1…1, ``free_fall`` y = 9.8x² metres for x in 0…1 seconds, ``sine`` y = sin x for
    x in −π…π. The inputs have the shape (n, 1), the targets (n,). A test set of a quarter of ``size`` has the same
    noise, so its best possible mse is noise².

    Args:
        name: A key of :data:`kerasgrid.axes.names.FORMULAS`.
        size: Number of training samples, at least 2; None for 1,000.
        noise: Standard deviation of the noise, at least 0, in the unit of y; None for 0.1.
        seed: Of the samples, 0..2³²-1. The training set of a seed does not depend on the noise's size but in scale.

    Raises:
        DataError: An argument is out of range.
    """
    size = SIZE if size is None else size
    noise = NOISE if noise is None else noise
    check_seed(seed)
    if isinstance(size, bool) or not isinstance(size, int) or size < 2:
        raise DataError("must be a whole number of samples, at least 2", where="size", got=repr(size))
    if isinstance(noise, bool) or not isinstance(noise, int | float) or not 0 <= noise < np.inf:
        raise DataError("must be a standard deviation of at least 0", where="noise", got=repr(noise))
    rng = np.random.default_rng([seed, list(FORMULAS).index(name)])
    x_train, y_train = _draw(name, size, noise, rng)
    x_test, y_test = _draw(name, max(1, size // _TEST_SHARE), noise, rng)
    source = f"{FORMULAS[name]}, noise {noise:g}, seed {seed}"
    return Dataset(name, x_train, y_train, x_test, y_test, "regression", None, source)


def _draw(name: str, size: int, noise: float, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    low, high, formula = _RANGES[name]
    x = rng.uniform(low, high, size)
    y = formula(x) + noise * rng.standard_normal(size)
    return x.astype(np.float32)[:, None], y.astype(np.float32)
