"""Data sets that a formula makes up, for regression: a line, a falling stone, a sine, each with noise.

Importing this module is cheap, so that the formulas can be listed at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerasgrid.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from kerasgrid.data.raw import Raw

    Numbers = npt.NDArray[np.float64]

TRAIN_SIZE = 1000
NOISE = 0.1

TRAIN_PER_TEST = 4
"""A test sample for so many training samples."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A function of one number.

    Attributes:
        name: As in the space file.
        text: The formula, for people.
        meaning: What it describes, for people.
        low: The least x.
        high: The greatest x.
        values: From ``numpy``, handed over so that a formula imports nothing, and x, float64 (n,), to y, float64 (n,).
    """

    name: str
    text: str
    meaning: str
    low: float
    high: float
    values: Callable[[Any, Numbers], Numbers]


FORMULAS: Mapping[str, Formula] = {
    formula.name: formula
    for formula in (
        Formula("linear", "y = 3x + 4", "a straight line", -1.0, 1.0, lambda np, x: 3.0 * x + 4.0),
        Formula("free_fall", "y = 9.8x²", "metres fallen in x seconds", 0.0, 1.0, lambda np, x: 9.8 * x**2),
        Formula("sine", "y = sin x", "one period", -math.pi, math.pi, lambda np, x: np.sin(x)),
    )
}
"""Every formula. Its place in this list is part of its samples' seed, so new ones go to the end."""


def read_formula(name: str, *, size: int | None = None, noise: float | None = None, seed: int = 0) -> Raw:
    """Return samples (x, y) of a formula, x uniform in its range and normal noise on y.

    ``linear`` is y = 3x + 4 for x in −1…1, ``free_fall`` y = 9.8x² metres for x in 0…1 seconds, ``sine`` y = sin x for
    x in −π…π. The inputs have the shape (n, 1), the targets (n,). A test set of a quarter of ``size`` has the same
    noise, so its best possible mse is noise².

    Args:
        name: A key of :data:`FORMULAS`.
        size: Number of training samples, at least 2; None for 1,000.
        noise: Standard deviation of the noise, at least 0, in the unit of y; None for 0.1.
        seed: Of the samples, 0..2³²-1. The training set of a seed does not depend on the noise's size but in scale.

    Raises:
        DataError: An argument is out of range.
    """
    import numpy as np

    from kerasgrid.data.checks import check_seed
    from kerasgrid.data.raw import Raw

    size = TRAIN_SIZE if size is None else size
    noise = NOISE if noise is None else noise
    check_seed(seed)
    if isinstance(size, bool) or not isinstance(size, int) or size < 2:
        raise DataError("must be a whole number of samples, at least 2", where="size", got=repr(size))
    if isinstance(noise, bool) or not isinstance(noise, int | float) or not 0 <= noise < math.inf:
        raise DataError("must be a standard deviation of at least 0", where="noise", got=repr(noise))
    formula = FORMULAS[name]
    rng = np.random.default_rng([seed, list(FORMULAS).index(name)])
    x_train, y_train = _draw(formula, size, noise, rng)
    x_test, y_test = _draw(formula, max(1, size // TRAIN_PER_TEST), noise, rng)
    source = f"{formula.text}, noise {noise:g}, seed {seed}"
    return Raw(x_train, y_train, x_test, y_test, source=source)


def _draw(formula: Formula, size: int, noise: float, rng: np.random.Generator) -> tuple[Numbers, Numbers]:
    import numpy as np

    x = rng.uniform(formula.low, formula.high, size)
    y = formula.values(np, x) + noise * rng.standard_normal(size)
    return x[:, None], y
