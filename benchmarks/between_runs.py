"""How honest ``kerasgrid compare`` is: simulated pairs of searches of which the truth is known.

The scores of a search are made as :mod:`benchmarks.tie_set` makes them: true score + block + what overlapping training
sets add to all fits of a candidate + noise. Two searches are on the same blocks, or each on blocks of its own.

Counted over the pairs of searches, with the standard error of the count:

* apart: the best true scores of both are equal; how often one of the two is called better. Wanted: at most 5%.
* told: the best of the first is truly better by 8 standard errors; how often the first is called better.

    python benchmarks/between_runs.py                     1,000 pairs a line, some minutes
    python benchmarks/between_runs.py --pairs 200
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from kerasgrid.insight.between_runs import on_other_folds, on_the_same_folds

Floats = npt.NDArray[np.float64]

BLOCK_SPREAD = 2.0
DESIGNS = ((3, 1), (5, 1), (5, 3))
SIZES = ((1, 1), (1, 100), (10, 10), (10, 100))
CLEAR = 8.0
"""By how many standard errors one search is better where it is to be told."""


def scores(rng: np.random.Generator, truth: Floats, blocks: Floats, share: float) -> list[list[float | None]]:
    """Return the scores of one search."""
    own = np.sqrt(share) * rng.standard_normal((len(truth), 1))
    noise = np.sqrt(1 - share) * rng.standard_normal((len(truth), len(blocks)))
    return [list(row) for row in (truth[:, None] + blocks + own + noise).tolist()]


def truths(rng: np.random.Generator, n: int, spread: float) -> Floats:
    """Return true scores whose best is 0."""
    drawn = spread * rng.standard_normal(n)
    return np.asarray(drawn - drawn.max())


def counted(n_pairs: int, sizes: tuple[int, int], design: tuple[int, int], spread: float, same: bool) -> Floats:
    """Return how often two searches are told apart: where they do not differ, and where they clearly do."""
    rng = np.random.default_rng([*sizes, *design, int(spread), int(same)])
    n_folds, n_repeats = design
    n, share = n_folds * n_repeats, 1 / n_folds
    error = np.sqrt(share + (1 - share) / n)
    found = np.zeros(2)
    for _ in range(n_pairs):
        blocks = [BLOCK_SPREAD * rng.standard_normal(n) for _ in range(2)]
        tables = []
        for shift in (0.0, CLEAR * error):
            first = truths(rng, sizes[0], spread * error) + shift
            second = truths(rng, sizes[1], spread * error)
            tables.append([
                scores(rng, first, blocks[0], share),
                scores(rng, second, blocks[0] if same else blocks[1], share),
            ])  # fmt: skip
        told = [on_the_same_folds(both, share) if same else on_other_folds(both, [share, share]) for both in tables]
        found += ("ahead" in told[0].standings, told[1].standings[0] == "ahead")
    return found / n_pairs


def lines(n_pairs: int) -> Iterator[str]:
    """Yield the table, a line at a time."""
    yield f"{'folds':8}{'design':8}{'candidates':12}{'true scores':14}{'apart':>16}{'told':>8}"
    for same in (True, False):
        for design in DESIGNS:
            for sizes in SIZES:
                for spread in (0.0, 1.0):
                    if spread and sizes == (1, 1):
                        continue
                    apart, told = counted(n_pairs, sizes, design, spread, same)
                    error = np.sqrt(apart * (1 - apart) / n_pairs)
                    yield (
                        f"{'same' if same else 'other':8}{design[0]}×{design[1]:<6}{sizes[0]} and {sizes[1]:<6}"
                        f"{'spread' if spread else 'equal':14}{apart:9.1%} ± {error:.1%}{told:8.0%}"
                    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=1000, help="simulated pairs a line")
    for line in lines(parser.parse_args().pairs):
        print(line, flush=True)


if __name__ == "__main__":
    main()
