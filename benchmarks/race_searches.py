"""What the benchmarks of races share: how searches are replayed, and the table that is printed."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Raced = Callable[[Floats], tuple[bool, float]]
"""From the scores of a search to whether its winner is still there at the end, and to the share that was spared."""

Simulated = Callable[[int, np.random.Generator], Floats]
"""From a number of splits to the scores of a search."""

N = 100
"""Candidates of a replay."""


def replayed(scores: Floats, n_splits: int, rng: np.random.Generator) -> Floats:
    """Return some candidates and splits of a table that was trained, in another order."""
    rows = rng.choice(len(scores), N, replace=False)
    return scores[np.ix_(rows, rng.permutation(scores.shape[1])[:n_splits])]


def line(name: str, n_splits: int, tables: Sequence[Floats], told: Raced) -> str:
    """Return how often the winner is the same, and what is spared."""
    ends = [told(table) for table in tables]
    same, spared = (float(np.mean([end[part] for end in ends])) for part in (0, 1))
    return f"{name:44}{n_splits:7}{same:13.1%}{spared:15.0%}"


def run(
    description: str | None,
    train: Callable[[], None],
    cases: Iterable[tuple[str, Simulated]],
    table: Path,
    splits: Sequence[int],
    told: tuple[Raced, Raced],
    spared: str,
) -> None:
    """Simulate and replay, or train the table that is replayed.

    Args:
        description: What the program does.
        train: Trains the table.
        cases: The name of each case, and what simulates a search of it.
        table: The scores that are replayed.
        splits: The numbers of splits.
        told: What races: by what the race decides by, and trial by trial, for a part of the replays.
        spared: What is spared.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["table"], help="train the table that is replayed")
    parser.add_argument("--searches", type=int, default=1000, help="searches a line")
    options = parser.parse_args()
    if options.what == "table":
        train()
        return
    quick, by_trials = told
    print(f"{options.searches:,} searches a line; 95% must end with the same winner\n")
    print(f"{'case':44}{'splits':>7}{'same winner':>13}{f'{spared} spared':>15}")
    for name, simulated in cases:
        for n_splits in splits:
            rng = np.random.default_rng(n_splits)
            tables = [simulated(n_splits, rng) for _ in range(options.searches)]
            print(line(name, n_splits, tables, quick), flush=True)
    scores = np.array(json.loads(table.read_text()))
    for n_splits in splits:
        rng = np.random.default_rng(n_splits)
        tables = [replayed(scores, n_splits, rng) for _ in range(options.searches)]
        print(line("replayed: digits", n_splits, tables, quick), flush=True)
        print(line("replayed: digits, trial by trial", n_splits, tables[:50], by_trials), flush=True)
