"""Functional analysis of variance on a random forest: which share of a score's variance each axis makes.

Hutter, Hoos and Leyton-Brown, "An efficient approach for assessing hyperparameter importance", ICML 2014. A tree is
constant on boxes, so the mean over all other axes of what it predicts is a sum over its leaves, without sampling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from kerasgrid.insight.factors import ABSENT, Factor, identity
from kerasgrid.insight.shares import Curve, Shares

Floats = npt.NDArray[np.float64]

LEAST_TRIALS = 10
"""With fewer trials a forest tells nothing."""

MAX_TRIALS = 2_000
"""Of more trials, so many drawn at random are taken: more would make it slow and no better."""

_TREES = 64
_LEAVES = 128
_LEAST_LEAF = 2
_IMPUTATIONS = 4
_POINTS = 60
_PAIRED = 8


class Forest:
    """The functional analysis of variance on a random forest, for any trials."""

    name: ClassVar[str] = "forest"
    is_exact: ClassVar[bool] = False

    def evaluate(
        self, found: Sequence[Factor], rows: Sequence[int], scores: Sequence[float], variance: float | None
    ) -> Shares | None:
        """Return the shares of these trials, see :class:`kerasgrid.insight.shares.Evaluator`."""
        if len(rows) < LEAST_TRIALS:
            n = len(rows)
            return Shares(reason=f"{n} scored trials that are no complete grid are too few, {LEAST_TRIALS} are needed")
        shares = analyse(found, rows, scores)
        if shares is None:
            return Shares(reason="no axis has two values with a score")
        if (shares.explained or 0.0) <= 0:
            return replace(shares, reason="the trials do not predict the scores of held-out trials")
        return shares


def analyse(found: Sequence[Factor], rows: Sequence[int], scores: Sequence[float]) -> Shares | None:
    """Return shares and curves of a random forest that learned the scores of these trials.

    Numbers are looked at in the logarithm where the factor is, categories in the order of their mean scores. All
    levels of a factor weigh the same, a range is uniform (in the logarithm where it is). A trial without a parameter
    is given values of the other trials at random, since there the parameter changes nothing. The result depends on the
    trials alone: seeds are fixed.

    Args:
        found: The factors.
        rows: Which cells of the factors are these trials'.
        scores: One a row.

    Returns:
        None with fewer than ``LEAST_TRIALS`` trials or none that differ.
    """
    if len(rows) < LEAST_TRIALS or not found or float(np.ptp(scores)) == 0:
        return None
    if len(rows) > MAX_TRIALS:
        kept = np.sort(np.random.default_rng(0).choice(len(rows), MAX_TRIALS, replace=False))
        rows, scores = [rows[index] for index in kept], [scores[index] for index in kept]
    y = np.asarray(scores, float)
    measures = [_Measure(factor, rows, scores) for factor in found]
    n_imputations = _IMPUTATIONS if any(ABSENT in factor.cells for factor in found) else 1
    trees: list[Any] = []
    explained = []
    for imputation in range(n_imputations):
        table = np.column_stack([m.column(np.random.default_rng([imputation, i])) for i, m in enumerate(measures)])
        forest = _fitted(table, y, _TREES // n_imputations, imputation)
        trees += forest.estimators_
        explained.append(_explained(forest, y))
    return _shares(trees, measures, float(np.mean(explained)))


class _Measure:
    """A factor as a column of numbers, and how likely each part of it is.

    Categories are numbered by the mean score of their trials: of all ways to part them in two, the best for squared
    errors keeps this order (Fisher, 1958; Breiman et al., 1984).
    """

    def __init__(self, factor: Factor, rows: Sequence[int], scores: Sequence[float]) -> None:
        self.factor = factor
        self.ends = (factor.position(factor.low), factor.position(factor.high)) if factor.is_range else (0.0, 0.0)
        self._cells = [factor.cells[row] for row in rows]
        self.atoms = np.array([] if factor.is_range else self._numbered(scores))
        levels = zip(factor.levels, self.atoms.tolist(), strict=True)
        self._atom_of = {identity(level): atom for level, atom in levels}

    def column(self, rng: np.random.Generator) -> Floats:
        """Return the number of each trial; trials without the parameter have values of others, drawn at random."""
        present = [cell for cell in self._cells if cell is not ABSENT]
        drawn = rng.integers(len(present), size=len(self._cells))
        filled = [present[draw] if cell is ABSENT else cell for cell, draw in zip(self._cells, drawn, strict=True)]
        if self.factor.is_range:
            return np.array([self.factor.position(float(cell)) for cell in filled])  # type: ignore[arg-type]
        return np.array([self._atom_of[identity(cell)] for cell in filled])

    def parts(self, low: Floats, high: Floats) -> tuple[npt.NDArray[np.bool_], Floats, Floats]:
        """Return how the leaves of a tree divide this factor.

        Args:
            low: Lower bounds of the leaves in this column, excluded; shape (leaves,).
            high: Upper bounds, included.

        Returns:
            Which leaf holds which part, (leaves, parts); how likely each part is, adding up to 1; and the upper bounds
            of the parts of a range (of levels: nothing).
        """
        if self.factor.is_range:
            first, last = self.ends
            cuts = np.unique(np.clip(np.concatenate([low, high, self.ends]), first, last))
            points, parts, bounds = (cuts[:-1] + cuts[1:]) / 2, np.diff(cuts) / (last - first), cuts[1:]
        else:
            points, parts, bounds = self.atoms, np.full(len(self.atoms), 1 / len(self.atoms)), np.empty(0)
        return (points > low[:, None]) & (points <= high[:, None]), parts, bounds

    def _numbered(self, scores: Sequence[float]) -> list[float]:
        if self.factor.numeric:
            return [self.factor.position(float(level)) for level in self.factor.levels]  # type: ignore[arg-type]
        of: dict[object, list[float]] = {}
        for cell, score in zip(self._cells, scores, strict=True):
            of.setdefault(identity(cell), []).append(score)
        means = [float(np.mean(of[identity(level)])) for level in self.factor.levels]
        order = sorted(range(len(means)), key=means.__getitem__)
        return [float(order.index(place)) for place in range(len(means))]


def _fitted(table: Floats, y: Floats, n_trees: int, seed: int) -> Any:
    from sklearn.ensemble import RandomForestRegressor

    forest = RandomForestRegressor(
        n_trees, min_samples_leaf=_LEAST_LEAF, max_leaf_nodes=_LEAVES, random_state=seed, n_jobs=1
    )
    forest.fit(table, y)
    forest.out_of_bag = _out_of_bag(forest, table)
    return forest


def _out_of_bag(forest: Any, table: Floats) -> Floats:
    """Return the mean prediction of each row by the trees that did not see it; NaN where all did."""
    total, count = np.zeros(len(table)), np.zeros(len(table))
    # What a tree itself predicts from; to check the rows anew for each of them would take a fifth of the time.
    rows = np.asarray(table, np.float32)
    for tree, seen in zip(forest.estimators_, forest.estimators_samples_, strict=True):
        unseen = np.ones(len(table), bool)
        unseen[seen] = False
        total[unseen] += tree.tree_.predict(rows[unseen])[:, 0]
        count[unseen] += 1
    with np.errstate(invalid="ignore"):
        return np.asarray(total / count)


def _explained(forest: Any, y: Floats) -> float:
    told = np.isfinite(forest.out_of_bag)
    rest = float(np.mean((y[told] - forest.out_of_bag[told]) ** 2))
    return 1 - rest / float(np.var(y[told])) if told.any() and np.var(y[told]) > 0 else 0.0


def _shares(trees: Sequence[Any], measures: Sequence[_Measure], explained: float) -> Shares | None:
    analysed = [_Tree(tree.tree_, measures) for tree in trees]
    told = [tree for tree in analysed if tree.variance > 0]
    if not told:
        return None
    indices = range(len(measures))
    main = [float(np.mean([tree.main(index) / tree.variance for tree in told])) for index in indices]
    largest = sorted(sorted(indices, key=lambda index: -main[index])[:_PAIRED])
    pairs = {
        (one, other): float(np.mean([tree.pair(one, other) / tree.variance for tree in told]))
        for one, other in combinations(largest, 2)
    }
    curves = tuple(_curve(analysed, index, measure) for index, measure in enumerate(measures))
    return Shares(tuple(main), pairs, curves=curves, explained=explained)


def _curve(trees: Sequence[_Tree], index: int, measure: _Measure) -> Curve:
    if not measure.factor.is_range:
        marginals = np.array([tree.marginals[index] for tree in trees])
        return Curve((), tuple(marginals.mean(axis=0).tolist()), tuple(marginals.std(axis=0).tolist()))
    at = np.linspace(*measure.ends, _POINTS)
    marginals = np.array([tree.marginals[index][np.searchsorted(tree.bounds[index][:-1], at)] for tree in trees])
    x = np.exp(at) if measure.factor.log else at
    return Curve(*(tuple(row.tolist()) for row in (x, marginals.mean(axis=0), marginals.std(axis=0))))


class _Tree:
    """One tree, averaged over boxes.

    Attributes:
        variance: Of its prediction over the whole space.
        marginals: For each factor the prediction on each of its parts, averaged over all other factors.
        bounds: For each factor the upper bounds of its parts, if it is a range.
    """

    def __init__(self, tree: Any, measures: Sequence[_Measure]) -> None:
        low, high, values = _leaves(tree, len(measures))
        split = [measure.parts(low[:, index], high[:, index]) for index, measure in enumerate(measures)]
        self._inside = [inside.astype(float) for inside, _, _ in split]
        self._parts = [parts for _, parts, _ in split]
        self.bounds = [bounds for _, _, bounds in split]
        # How likely a leaf is on each factor by itself; of all of them together, the product.
        self._sides = np.array([inside @ parts for inside, parts in zip(self._inside, self._parts, strict=True)])
        weights = self._sides.prod(axis=0)
        self._values = values - float(weights @ values)
        self.variance = float(weights @ self._values**2)
        mean = float(weights @ values)
        self._centred = [self._beside(index) @ inside for index, inside in enumerate(self._inside)]
        self.marginals = [centred + mean for centred in self._centred]

    def main(self, index: int) -> float:
        """Return the variance that the factor alone makes."""
        return float(self._parts[index] @ self._centred[index] ** 2)

    def pair(self, one: int, other: int) -> float:
        """Return the variance that two factors make together, beyond what each makes alone."""
        both = (self._inside[one] * self._beside(one, other)[:, None]).T @ self._inside[other]
        both -= self._centred[one][:, None] + self._centred[other][None, :]
        return float(self._parts[one] @ both**2 @ self._parts[other])

    def _beside(self, *left_out: int) -> Floats:
        """Return each leaf's centred value times how likely it is on the factors that are not left out."""
        return np.asarray(self._values * np.delete(self._sides, left_out, axis=0).prod(axis=0))


def _leaves(tree: Any, n_columns: int) -> tuple[Floats, Floats, Floats]:
    """Return lower bounds (excluded) and upper bounds (included) of a tree's leaves, and their values."""
    low, high, values = [], [], []
    waiting = [(0, np.full(n_columns, -np.inf), np.full(n_columns, np.inf))]
    while waiting:
        node, below, above = waiting.pop()
        column = tree.feature[node]
        if column < 0:
            low.append(below)
            high.append(above)
            values.append(tree.value[node, 0, 0])
            continue
        left, right = above.copy(), below.copy()
        left[column] = min(left[column], tree.threshold[node])
        right[column] = max(right[column], tree.threshold[node])
        waiting += [(tree.children_left[node], below, left), (tree.children_right[node], right, above)]
    return np.array(low), np.array(high), np.array(values)
