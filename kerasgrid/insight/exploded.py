"""Which rows of a table of scores vary so much that they are of another kind. Pure functions on arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_TIMES = 100.0
_LEVEL = 0.001
_ROUNDING = 1e-9


def exploded_rows(table: Floats, there: Bools) -> Bools:
    """Return which rows vary a hundred times as much as the usual one, and more than chance makes them; never most.

    Usual is the median of the rows that vary, once what a block does to most rows is taken out. Chance is an F test at
    0.1% over all rows together.

    Args:
        table: (rows, blocks) of scores, anything finite where there is none.
        there: Which cells count, (rows, blocks); two a row at least.
    """
    from scipy.special import fdtri, gammaincinv

    if len(table) < 3:
        return np.zeros(len(table), dtype=np.bool_)
    n_cells = there.sum(axis=1)
    means = np.where(there, table, 0.0).sum(axis=1) / n_cells
    centred = table - means[:, None]
    # Medians, since an exploded row would spoil the means.
    columns = zip(centred.T, there.T, strict=True)
    block = [float(np.median(column[of])) if of.any() else 0.0 for column, of in columns]
    residuals = np.where(there, centred - block, 0.0)
    residuals = np.where(there, residuals - (residuals.sum(axis=1) / n_cells)[:, None], 0.0)
    freedoms = n_cells - 1.0
    own = (residuals**2).sum(axis=1) / freedoms
    # Rows that learn nothing may be constant, and tell nothing of what is usual.
    varying = own > (_ROUNDING * np.abs(means)) ** 2
    if not varying.any():
        return np.asarray(varying)
    # The median of chi-square over its degrees of freedom is less than 1, and knows about half of what a mean does.
    usual = float(np.median(own[varying] * freedoms[varying] / (2 * gammaincinv(freedoms[varying] / 2, 0.5))))
    limit = fdtri(freedoms, (len(own) - 1) * float(np.median(freedoms)) / 2, 1 - _LEVEL / len(own))
    return np.asarray(varying & (own > np.maximum(limit, _TIMES) * usual))
