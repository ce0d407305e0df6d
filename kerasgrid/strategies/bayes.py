"""The strategy ``bayes``: Bayesian optimisation with a Gaussian process."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.sampling import sample
from kerasgrid.strategies.different import meaning
from kerasgrid.strategies.learning import Known, Learning
from kerasgrid.strategies.moves import near
from kerasgrid.strategies.points import Cube

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_POOL = 1000
"""Candidates from anywhere that expected improvement is compared over; a smaller space is taken as a whole."""

_LEADERS, _NEAR_EACH = 5, 80
_WIDTHS = (0.02, 0.05, 0.1, 0.2)

_PRIOR_FITS = 4.0
"""How many fits' worth the noise of all trials weighs beside that of one trial's own."""

_TAIL = 3.0
"""A value further below the median than so many times the best is above it counts as being there."""


class Bayes(Learning):
    """Expected improvement under a Gaussian process (Snoek, Larochelle and Adams 2012).

    The process has a Matérn 5/2 kernel with a length for each coordinate of :class:`~kerasgrid.strategies.points.Cube`,
    fitted by maximal likelihood; the noise of each trial is that of its mean over folds, with what all trials share of
    a fold taken out. A round is filled by the constant liar (Ginsbourger, Le Riche and Carraro 2010): each candidate
    counts as if it had come out as the best so far, before the next is chosen. Improvement is over the best of the
    process's means at the trials, for the best score itself was lucky (Picheny, Wagner and Ginsbourger 2013).
    """

    name: ClassVar[str] = "bayes"
    description: ClassVar[str] = "Bayesian optimisation: a Gaussian process says what may be better"

    def chosen(self, known: Known) -> Sequence[Candidate]:
        """Return as many candidates as are asked for, in the order in which they were chosen."""
        import numpy as np
        from threadpoolctl import threadpool_limits

        pool = self._pool(known)
        cube = Cube(self.blocks, [*known.candidates, *pool])
        # Sums come out the same however many cores there are.
        with threadpool_limits(1):
            if not pool or cube.n_dims == 0:
                return ()
            process = _Process(cube.points(known.candidates), *_standardised(known))
            points, left = cube.points(pool), np.ones(len(pool), bool)
            found: list[Candidate] = []
            taken = {meaning(candidate, known.task) for candidate in known.candidates}
            gains = process.improvement(points)
            while len(found) < known.n and left.any():
                best = int(np.argmax(np.where(left, gains, -np.inf)))
                left[best] = False
                # To know what a candidate means takes time: only of those that would be chosen.
                if meaning(pool[best], known.task) not in taken:
                    found.append(pool[best])
                    process.pretend(points[best])
                    gains = process.improvement(points)
        return found

    def _pool(self, known: Known) -> list[Candidate]:
        """Return what may be chosen, some of which may have been tried."""
        rng = Random(f"{self.seed}:pool {known.number}")
        drawn = list(sample(self.blocks, _POOL, f"{self.seed}:pool {known.number}"))
        if len(drawn) == _POOL:
            for leader in known.candidates[:_LEADERS]:
                close = (near(leader, self.blocks, rng, rng.choice(_WIDTHS)) for _ in range(_NEAR_EACH))
                drawn += [candidate for candidate in close if candidate is not None]
        return list(dict.fromkeys(drawn))


class _Process:
    """A Gaussian process on the unit cube, whose values are standardised."""

    def __init__(self, points: Floats, values: Floats, noise: Floats) -> None:
        import warnings

        from sklearn.exceptions import ConvergenceWarning
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

        lengths = [0.5] * points.shape[1]
        kernel = ConstantKernel(1.0, (0.05, 20.0)) * Matern(lengths, (0.05, 20.0), nu=2.5)
        kernel += WhiteKernel(1e-3, (1e-6, 1.0))
        regressor = GaussianProcessRegressor(kernel, alpha=noise)
        with warnings.catch_warnings():
            # A length at its bound says that an axis does not matter.
            warnings.simplefilter("ignore", ConvergenceWarning)
            self._regressor: Any = regressor.fit(points, values)
        self._points, self._values, self._noise = points, values, noise
        self._best = float(self._regressor.predict(points).max())

    def improvement(self, points: Floats) -> Floats:
        """Return the expected improvement at each of these points, shape (points,)."""
        import numpy as np
        from scipy.special import ndtr

        mean, std = self._regressor.predict(points, return_std=True)
        # The kernel's white part is the noise of a new trial, not doubt about the mean.
        white = self._regressor.kernel_.k2.noise_level
        std = np.sqrt(np.maximum(std**2 - white, 1e-12))
        z = (mean - self._best) / std
        return np.asarray((mean - self._best) * ndtr(z) + std * np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi))

    def pretend(self, point: Floats) -> None:
        """Go on as if a trial at this point had come out as the best."""
        import numpy as np
        from sklearn.gaussian_process import GaussianProcessRegressor

        self._points = np.vstack([self._points, point])
        self._values = np.append(self._values, self._best)
        self._noise = np.append(self._noise, np.median(self._noise))
        kernel = self._regressor.kernel_
        regressor = GaussianProcessRegressor(kernel, alpha=self._noise, optimizer=None)
        self._regressor = regressor.fit(self._points, self._values)


def _standardised(known: Known) -> tuple[Floats, Floats]:
    """Return values of mean 0 and standard deviation 1, and the variance of each one's noise in that unit."""
    import numpy as np

    values = np.array(known.values)
    middle = np.median(values)
    values = np.maximum(values, middle - _TAIL * max(values.max() - middle, 1e-12))
    scale = values.std() or 1.0
    noise = _noise_of(known) / scale**2
    return (values - values.mean()) / scale, np.maximum(noise, 1e-8)


def _noise_of(known: Known) -> Floats:
    """Return the variance of each trial's mean over folds; 0 where there is one fold alone."""
    import numpy as np

    n = max((len(trial.split_scores) for trial in known.trials), default=0)
    rows = [[np.nan if score is None else score for score in trial.split_scores] for trial in known.trials]
    scores = np.array([row if len(row) == n else [np.nan] * n for row in rows], dtype=float).reshape(len(rows), n)
    whole = np.isfinite(scores).all(axis=1)
    if n < 2 or not whole.any():
        return np.zeros(len(rows))
    # All candidates share the samples and seeds of a fold, so how good a fold is for all is no noise.
    rest = scores - scores[whole].mean(axis=0)
    own = np.where(whole, np.var(np.where(whole[:, None], rest, 0.0), axis=1, ddof=1), 0.0)
    pooled = float(np.mean(own[whole]))
    moderated = (_PRIOR_FITS * pooled + (n - 1) * np.where(whole, own, pooled)) / (_PRIOR_FITS + n - 1)
    # A trial that left a race is the mean of fewer fits; or what it was expected to become, if it left amid the first.
    sizes = [np.isfinite(row).sum() if trial.dropped else n for row, trial in zip(scores, known.trials, strict=True)]
    expected = [(trial.standard_error or 0.0) ** 2 for trial in known.trials]
    return np.where(np.array(sizes) > 0, moderated / np.maximum(sizes, 1), np.maximum(expected, moderated))
