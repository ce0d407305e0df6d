"""First candidates for ``kerasgrid auto``: a portfolio that complements itself, mined on public tables.

A pool, today's ``start`` of the bundled space and random draws from it, is trained on small samples of public tables
in four folds; none of the tables is one that ``auto.py`` judges by. The portfolio is chosen greedily, as that of
auto-sklearn 2 (Feurer et al. 2022): again and again the candidate is added with which the mean loss over the tables
becomes least. What a portfolio is worth on a table is what a search would get from it: the member that is best on two
of the folds counts with its score on the other two, averaged over all six ways to share them, so that being lucky
where it was chosen is no gain. A table's loss is in units of what lies between the best of the pool and its lower
quartile.

What is to be expected elsewhere is told by leaving tables out: the portfolio mined on all others, on the one left
out, beside today's start and random draws of as many. The start was chosen by hand on tables many of which are among
these, which is to its favour. What ``--write`` makes the start is the best of: so many mined ones, then today's.

Each table is a run in ``--folder``; what is trained there is not trained again.

    python benchmarks/portfolio.py                     trains what is missing, and mines: 50 minutes on one core
    python benchmarks/portfolio.py --report            mines on what is there, and writes benchmarks/portfolio.json
    python benchmarks/portfolio.py --report --write    and puts the best start into the bundled spaces
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from public_tables import FOLD, TARGET, WHEEL, Table, rows_of, table_of, wheel_in

import kerasgrid
from kerasgrid.axes.sampling import sample
from kerasgrid.space.files import bundled_spaces
from kerasgrid.space.spec import Space

Floats = npt.NDArray[np.float64]

RESULT = Path(__file__).with_name("portfolio.json")
SEED = 0
DRAWS = 24
MOST_ROWS = 600
N_FOLDS = 4
SIZE = 8
WRITTEN = 4
"""How many become the start: each has to be trained in folds before anything is learnt from the others."""

LEAST_SCALE = 0.005
"""Of a score. Where less lies between good and bad candidates, a table tells little."""

RANDOM_PORTFOLIOS = 500
TASKS = ("classification", "regression")
METRICS: Mapping[str, str] = {"classification": "accuracy", "regression": "r2"}
MINED: Mapping[str, Sequence[tuple[str, int | None]]] = {
    "classification": [
        (name, None)
        for name in (
            *("australian", "bands", "contraceptive", "german", "ionosphere", "phoneme", "satimage", "spambase"),
            *("splice", "tic-tac-toe", "vehicle", "vowel"),
        )
    ],
    # The column that is predicted, counted from 1.
    "regression": [
        ("bupa", 5), ("german", 5), ("glass0", 1), ("heart", 8), ("pima", 6), ("saheart", 9),
        ("vehicle", 4), ("yeast1", 1),
    ],
}  # fmt: skip


def space_of(task: str) -> Space:
    """Return the bundled space whose first candidates are looked for."""
    return kerasgrid.load_space(f"auto_table_{task}")


def pool(task: str, old: Sequence[Mapping[str, Any]] | None = None) -> dict[str, dict[str, Any]]:
    """Return the candidates by name: those of the start, and draws, rounded so that they can be read.

    ``old`` is the start that they are compared with; None for the space's own.
    """
    space = space_of(task)
    space = space if old is None else space.changed(start=list(old))
    found = {f"start {place}": dict(one) for place, one in enumerate(space.tried.next((), task), start=1)}
    for place, one in enumerate(sample(space.blocks, DRAWS, f"portfolio {SEED}"), start=1):
        found[f"draw {place}"] = {name: _rounded(value) for name, value in one.items()}
    return {name: {**params, "hidden_units": list(params["hidden_units"])} for name, params in found.items()}


def _rounded(value: Any) -> Any:
    return float(f"{value:.2g}") if isinstance(value, float) else value


def scores_of(
    table: Table, candidates: Mapping[str, Mapping[str, Any]], wheel: zipfile.ZipFile, folder: Path
) -> Floats:
    """Return the scores of the pool on a table, shape (candidates, folds), trained as far as they are not there yet.

    A fit that failed has the worst score of its fold.
    """
    rows = rows_of(table, wheel, MOST_ROWS).drop(columns=FOLD)
    space = {
        "name": "".join(c if c.isalnum() else "-" for c in table.name),
        "dataset": {"path": "memory.csv", "target": TARGET, "task": table.task},
        "strategy": "list", "race": False, "cv": N_FOLDS, "metric": METRICS[table.task], "seed": SEED,
        "candidates": [{"name": name, "params": params} for name, params in candidates.items()],
    }  # fmt: skip
    run = kerasgrid.search(
        space, out=folder / table.task / str(space["name"]), data=(rows, TARGET), jobs=1, progress=False
    )
    of_name = {run.space.labels[trial.candidate].name: trial.scores for trial in run.trials}
    scores = np.array([[np.nan if s is None else s for s in of_name[name]] for name in candidates], np.float64)
    return np.where(np.isnan(scores), np.nanmin(scores, axis=0), scores)


class Losses:
    """What portfolios lose on each of some tables."""

    def __init__(self, scores: Floats) -> None:
        """Take scores of shape (tables, candidates, folds)."""
        halves = list(combinations(range(scores.shape[2]), scores.shape[2] // 2))
        others = [[fold for fold in range(scores.shape[2]) if fold not in half] for half in halves]
        # Shapes (ways, tables, candidates).
        self._chosen_by = np.stack([scores[:, :, list(half)].mean(axis=2) for half in halves])
        held_out = np.stack([scores[:, :, other].mean(axis=2) for other in others])
        means = scores.mean(axis=2)
        top = means.max(axis=1)
        scale = np.maximum(top - np.quantile(means, 0.25, axis=1), LEAST_SCALE)
        self._loss = (top[:, None] - held_out) / scale[:, None]

    def of(self, members: Sequence[int]) -> Floats:
        """Return the loss of a portfolio on each table."""
        best = self._chosen_by[:, :, list(members)].argmax(axis=2)
        picked = np.asarray(members)[best]
        return np.take_along_axis(self._loss, picked[:, :, None], axis=2)[:, :, 0].mean(axis=0)

    def greedy(self, size: int, tables: Sequence[int]) -> list[int]:
        """Return the portfolio that has the least mean loss on these tables, candidate by candidate."""
        members: list[int] = []
        n = self._loss.shape[2]
        while len(members) < size:
            left = [one for one in range(n) if one not in members]
            members.append(min(left, key=lambda one: float(self.of([*members, one])[list(tables)].mean())))
        return members


def left_out(losses: Losses, n_tables: int, n_start: int, n_pool: int) -> list[dict[str, Any]]:
    """Return, for each size, what is lost on tables that were left out, and beside the start and random draws."""
    tables = range(n_tables)
    mined = [losses.greedy(SIZE, [other for other in tables if other != one]) for one in tables]
    rng = np.random.default_rng(SEED)
    found = []
    for size in range(1, SIZE + 1):
        ours = np.array([losses.of(mined[one][:size])[one] for one in tables])
        start = losses.of(range(min(size, n_start)))
        draws = [rng.choice(np.arange(n_start, n_pool), size, replace=False) for _ in range(RANDOM_PORTFOLIOS)]
        random = np.mean([losses.of(draw) for draw in draws], axis=0)
        found.append(
            {"size": size, "mined": _told(ours), "start": _told(start), "random": _told(random),
             "mined minus start": _told(ours - start), "mined minus random": _told(ours - random)}
        )  # fmt: skip
    return found


def _told(values: Floats) -> dict[str, float]:
    error = values.std(ddof=1) / len(values) ** 0.5
    return {"mean": round(float(values.mean()), 4), "standard error": round(float(error), 4)}


def blended(mined: Sequence[int], n_start: int, n_mined: int) -> list[int]:
    """Return a start of as many as are written: the first mined ones, then today's that are not among them."""
    first = list(mined[:n_mined])
    return [*first, *(one for one in range(n_start) if one not in first)][:WRITTEN]


def blends(losses: Losses, n_tables: int, n_start: int) -> list[dict[str, Any]]:
    """Return what is lost on tables that were left out, by how many of today's start are replaced by mined ones.

    Which of these is best is seen on the same tables, of few, so the best one's own figure is a little too good.
    """
    tables = range(n_tables)
    mined = [losses.greedy(WRITTEN, [other for other in tables if other != one]) for one in tables]
    start = losses.of(range(n_start))
    found = []
    for n_mined in range(WRITTEN + 1):
        ours = np.array([losses.of(blended(mined[one], n_start, n_mined))[one] for one in tables])
        found.append({"mined ones first": n_mined, "loss": _told(ours), "minus start": _told(ours - start)})
    return found


def mined(task: str, known: Mapping[str, Floats], candidates: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the portfolio of a task, and how good it is to be expected to be."""
    names = list(candidates)
    n_start = sum(name.startswith("start") for name in names)
    losses = Losses(np.stack(list(known.values())))
    chosen = losses.greedy(SIZE, range(len(known)))
    compared = left_out(losses, len(known), n_start, len(names))
    replaced = blends(losses, len(known), n_start)
    best = min(replaced, key=lambda one: one["loss"]["mean"])["mined ones first"]
    return {
        "tables": list(known),
        "start before": [_short(task, candidates[name]) for name in names[:n_start]],
        "portfolio": [
            {"name": names[one], "params": _short(task, candidates[names[one]]),
             "mean loss so far": round(float(losses.of(chosen[: place + 1]).mean()), 4)}
            for place, one in enumerate(chosen)
        ],
        "left out": compared,
        "left out, after today's start": replaced,
        "start": [_short(task, candidates[names[one]]) for one in blended(chosen, n_start, best)],
        "scores": {table: {name: [round(float(s), 4) for s in row] for name, row in zip(names, rows, strict=True)}
                   for table, rows in known.items()},
    }  # fmt: skip


def _short(task: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the space does not fix."""
    axes = space_of(task).blocks[0].axes
    return {name: params[name] for name in axes if axes[name].size != 1}


def report(task: str, found: Mapping[str, Any]) -> list[str]:
    """Return what was found as Markdown."""
    lines = [
        f"{task}: {len(found['tables'])} tables",
        "",
        "| size | mined | start | random | mined − start | mined − random |",
    ]
    lines.append("| --- " * 6 + "|")
    keys = ("mined", "start", "random", "mined minus start", "mined minus random")
    for row in found["left out"]:
        cells = [f"{row[key]['mean']:.3f} ± {row[key]['standard error']:.3f}" for key in keys]
        lines.append(f"| {row['size']} | {' | '.join(cells)} |")
    lines += ["", *(f"{one['name']}: {json.dumps(one['params'])}" for one in found["portfolio"])]
    lines += ["", "the first of these, then today's start, of as many:"]
    for row in found["left out, after today's start"]:
        loss, change = row["loss"], row["minus start"]
        lines.append(f"{row['mined ones first']} mined: {loss['mean']:.3f}, {change['mean']:+.3f} "
                     f"± {change['standard error']:.3f}")  # fmt: skip
    return [*lines, "", "best start:", *map(json.dumps, found["start"]), ""]


def write_start(task: str, start: Sequence[Mapping[str, Any]]) -> None:
    """Put first candidates into the bundled space, a line each."""
    path = bundled_spaces()[f"auto_table_{task}"]
    before, rest = path.read_text(encoding="utf-8").split('  "start": [\n')
    after = rest[rest.index("\n  ]") :]
    lines = ",\n".join("    " + json.dumps(one) for one in start)
    path.write_text(f'{before}  "start": [\n{lines}{after}', encoding="utf-8")
    kerasgrid.load_space(str(path)).tried.next((), task)  # it says what is wrong


def main() -> None:
    """Train what is missing, mine, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("runs/portfolio"))
    parser.add_argument("--wheels", type=Path, default=Path.home() / ".cache" / "kerasgrid" / "keel")
    parser.add_argument("--tables", type=int, help="how many of each task")
    parser.add_argument("--report", action="store_true", help="write the result and print it")
    parser.add_argument("--write", action="store_true", help="change the bundled spaces")
    options = parser.parse_args()
    wheel, result = wheel_in(options.wheels), dict[str, Any]()
    kept = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    for task in TASKS:
        # Once a portfolio is the start, what it replaced is still what it is compared with.
        candidates, known = pool(task, kept.get(task, {}).get("start before")), dict[str, Floats]()
        for name, column in MINED[task][: options.tables]:
            table, started = table_of(name, column), time.perf_counter()
            known[table.name] = scores_of(table, candidates, wheel, options.folder)
            print(f"{table.name}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
        result[task] = mined(task, known, candidates)
        print("\n".join(report(task, result[task])), flush=True)
        if options.write:
            write_start(task, result[task]["start"])
    if options.report:
        made = {
            "how": "python benchmarks/portfolio.py --report", "on": datetime.now(UTC).date().isoformat(),
            "seed": SEED, "draws": DRAWS, "rows at most": MOST_ROWS, "folds": N_FOLDS, "data": [WHEEL],
            "versions": {name: version(name) for name in ("kerasgrid", "tensorflow", "keras", "scikit-learn", "numpy")},
        }  # fmt: skip
        text = json.dumps({"made": made, **result}, indent=1)
        # Scores of a candidate in one line.
        text = re.sub(r"\[\s+([-\d.,\s]+?)\s+\]", lambda found: f"[{' '.join(found[1].split())}]", text)
        RESULT.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
