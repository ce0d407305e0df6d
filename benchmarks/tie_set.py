"""How honest the tie set is: simulated searches of which the truth is known.

A search has candidates with true scores, and a table of candidates × blocks (fold × repeat) of what its fits reach:

    score = true score + what the block does to all + σ (√ρ · a + √(1 − ρ) · e)

with a drawn once for each candidate, e for each fit, and ρ = n_test / (n_test + n_train), the correlation that
overlapping training sets give the fits of one candidate (Nadeau and Bengio, 2003). The standard error of a candidate's
mean is thus σ √(ρ + (1 − ρ) / blocks), and grows no smaller than σ √ρ however many repeats there are. Blocks differ by
2σ.

For each case two things are counted over the searches:

* holds the best: true scores are normal with a spread of one standard error; how often the truly best is in the set.
* alone at 8: the best is truly better than all others by 8 standard errors; how often the set is it alone.

The first lines go all the way: the fake fitter trains, trials are ranked, the tie set is read from the trials. The
others, in which one assumption after the other is broken, call the comparison itself. Where it cannot know better, it
errs on the side of a larger set: fits that are in truth not correlated, or candidates whose σ differ (then a standard
error is that of σ = 1), leave a clear winner alone less often.

    python benchmarks/tie_set.py              1,000 searches a line, some minutes
    python benchmarks/tie_set.py --searches 200 --direct
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit
from kerasgrid.insight.comparison import compare
from kerasgrid.insight.ranking import rank_trials
from kerasgrid.insight.ties import tie_set

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Told = Callable[[Floats, int, int], Bools]
"""From a table, the folds and the repeats to which candidates may be the best."""

BLOCK_SPREAD = 2.0
DESIGNS = ((3, 1), (5, 1), (5, 3))


@dataclass(frozen=True)
class Case:
    """A kind of search.

    Attributes:
        name: As printed.
        n_candidates: How many candidates.
        spread: Of the true scores, in standard errors.
        correlation: Of the fits of a candidate, as a share of what Nadeau and Bengio assume.
        unequal: Standard deviation of the logarithm of the candidates' σ.
        heavy: Whether e has Student's t distribution with 3 degrees of freedom, scaled to variance 1.
        missing: Share of the cells that are missing.
        idle: Share of the candidates that learn nothing: they have a constant score, far below, whatever the block.
    """

    name: str
    n_candidates: int = 50
    spread: float = 1.0
    correlation: float = 1.0
    unequal: float = 0.0
    heavy: bool = False
    missing: float = 0.0
    idle: float = 0.0


USUAL = Case("50 candidates")
CASES = (
    USUAL,
    Case("all equally good", spread=0.0),
    Case("spread by 3 standard errors", spread=3.0),
    Case("2 candidates", n_candidates=2),
    Case("10 candidates", n_candidates=10),
    Case("1,000 candidates", n_candidates=1000),
    Case("folds not correlated", correlation=0.0),
    Case("unequal variances", unequal=0.5),
    Case("very unequal variances", unequal=1.0),
    Case("heavy tails", heavy=True),
    Case("a tenth of the cells missing", missing=0.1),
    Case("half learn nothing", idle=0.5),
    Case("four fifths learn nothing", idle=0.8),
)


def tables(
    case: Case, n_folds: int, n_repeats: int, n_searches: int, *, lead: float | None = None, seed: int = 0
) -> Iterator[tuple[Floats, int]]:
    """Yield (candidates, blocks) of scores, NaN where missing, and which candidate is truly the best.

    With a lead the best is better than the next by so many standard errors.
    """
    generator = np.random.default_rng([seed, n_folds, n_repeats, case.n_candidates])
    n, n_blocks = case.n_candidates, n_folds * n_repeats
    correlation = case.correlation / n_folds
    standard_error = np.sqrt(correlation + (1 - correlation) / n_blocks)
    for _ in range(n_searches):
        n_idle = round(case.idle * n)
        true = case.spread * standard_error * generator.standard_normal(n)
        true[:n_idle] = -50.0
        best = int(true.argmax())
        if lead is not None:
            true[best] = np.sort(true)[-2] + lead * standard_error
        sigma = np.exp(case.unequal * generator.standard_normal(n))[:, None]
        shared, own = generator.standard_normal((n, 1)), generator.standard_normal((n, n_blocks))
        if case.heavy:
            own = generator.standard_t(3, (n, n_blocks)) / np.sqrt(3)
        noise = sigma * (np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * own)
        table = true[:, None] + BLOCK_SPREAD * generator.standard_normal(n_blocks) + noise
        table[:n_idle] = true[:n_idle, None]
        if case.missing:
            gone = generator.random(table.shape) < case.missing
            # A candidate without any score is in no comparison.
            gone[gone.all(axis=1), 0] = False
            table[gone] = np.nan
        yield table, best


def by_comparison(table: Floats, n_folds: int, n_repeats: int) -> Bools:
    """Return which rows may be the best, by the comparison alone."""
    return compare(table, 1 / n_folds).may_be_best


def by_fake_fitter(table: Floats, n_folds: int, n_repeats: int) -> Bools:
    """Return the same, by the fake fitter, the ranking and the tie set of its trials."""
    candidates = [Candidate({"number": number}) for number in range(len(table))]
    rows = dict(zip(candidates, table.tolist(), strict=True))

    def score(fit: Fit) -> float:
        return float(rows[fit.candidate][fit.repeat * n_folds + fit.fold])

    fits = [Fit(c, fold, repeat) for repeat in range(n_repeats) for c in candidates for fold in range(n_folds)]
    with FakeFitter(score) as fitter:
        results = list(fitter.train(fits))
    trials = rank_trials(candidates, results, metric="accuracy", n_folds=n_folds, n_repeats=n_repeats)
    tied = {trial.candidate for trial in tie_set(trials, "accuracy", 1 / n_folds).trials}
    return np.array([candidate in tied for candidate in candidates])


@dataclass(frozen=True)
class Counts:
    """Shares of the searches, and the mean number of candidates in the set."""

    holds_best: float
    size: float
    alone: float


def counted(case: Case, n_folds: int, n_repeats: int, n_searches: int, told: Told = by_comparison) -> Counts:
    """Simulate searches of this kind."""
    sets = [(told(table, n_folds, n_repeats), best) for table, best in tables(case, n_folds, n_repeats, n_searches)]
    ahead = tables(replace(case, spread=case.spread or 1.0), n_folds, n_repeats, n_searches, lead=8.0, seed=1)
    alone = [told(table, n_folds, n_repeats).nonzero()[0].tolist() == [best] for table, best in ahead]
    return Counts(
        holds_best=float(np.mean([found[best] for found, best in sets])),
        size=float(np.mean([found.sum() for found, _ in sets])),
        alone=float(np.mean(alone)),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Simulate searches, and count how often the tie set is right.")
    parser.add_argument("--searches", type=int, default=1000, help="searches a line")
    parser.add_argument(
        "--direct", action="store_true", help="without the lines by the fake fitter, which take longest"
    )
    options = parser.parse_args()
    n_searches = options.searches
    print(f"{n_searches:,} searches a line; 95% must hold the best\n")
    print(f"{'case':38}{'folds':>6}{'repeats':>9}{'holds the best':>16}{'size':>8}{'alone at 8':>12}")
    lines = [(f"{USUAL.name}, by the fake fitter", USUAL, by_fake_fitter)] if not options.direct else []
    lines += [(case.name, case, by_comparison) for case in CASES]
    for name, case, told in lines:
        for n_folds, n_repeats in DESIGNS:
            counts = counted(case, n_folds, n_repeats, n_searches, told)
            share, alone = f"{counts.holds_best:.1%}", f"{counts.alone:.1%}"
            print(f"{name:38}{n_folds:6}{n_repeats:9}{share:>16}{counts.size:8.1f}{alone:>12}", flush=True)
    big = np.random.default_rng(0).standard_normal((10_000, 5))
    compare(big[:100], 0.2)  # what is imported and computed once
    started = time.perf_counter()
    compare(big, 0.2)
    print(f"\n10,000 candidates × 5 blocks: {1000 * (time.perf_counter() - started):.0f} ms")


if __name__ == "__main__":
    sys.exit(main())
