"""The bundled spaces for tables beside scikit-learn, on the same folds of public tables.

Each table is held out in five folds, by the same rows for all:

* ``MLP``, ``linear``, ``boosting``: scikit-learn's ``MLPClassifier`` or ``MLPRegressor``, ``LogisticRegression`` or
  ``Ridge``, ``HistGradientBoosting…``, each with its defaults behind a ``ColumnTransformer``: numbers imputed and
  standardised, words one-hot. ``MLPRegressor`` does not scale its target, which is most of its loss.
* ``defaults``: the first candidate of ``table_classification`` or ``table_regression``, the first value of each axis.
* ``search``: all of the space. It sees the training rows of a fold alone, chooses by three folds of these, refits its
  winner on them, and is scored once, on the rows held out.

Scores are accuracy, or R² for numbers; with the standard error of the mean over the folds. Every score is written to
``--results`` as soon as it is known, and what is there is not computed again, unless the space has changed.

    python benchmarks/tables.py                   all tables without the search, a quarter of an hour on 2 cores
    python benchmarks/tables.py --search          with it, some hours
    python benchmarks/tables.py --tables 5        the first five
    python benchmarks/tables.py --folds 1         on other folds than those by which the defaults were chosen
    python benchmarks/tables.py --report          what is known, nothing is computed
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from machine import processor
from public_tables import FOLD, N_FOLDS, TABLES, TARGET, Table, rows_of, wheel_in
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import kerasgrid
from kerasgrid.axes.candidate import Candidate
from kerasgrid.data.folds import Fold
from kerasgrid.data.memory import dataset_of
from kerasgrid.engine.keras_setup import import_as_guest
from kerasgrid.fits.batches import BatchSizes
from kerasgrid.fits.fit import Fit

import_as_guest()  # TensorFlow with one thread, as in kerasgrid's workers
from kerasgrid.engine.trainer import Trainer  # noqa: E402

N_INNER = 3
"""Folds that a search chooses by."""

THEIRS: Mapping[str, Mapping[str, Callable[[], Any]]] = {
    "MLP": {
        "classification": lambda: MLPClassifier(random_state=0),
        "regression": lambda: MLPRegressor(random_state=0),
    },
    "linear": {"classification": LogisticRegression, "regression": Ridge},
    "boosting": {
        "classification": lambda: HistGradientBoostingClassifier(random_state=0),
        "regression": lambda: HistGradientBoostingRegressor(random_state=0),
    },
}
OURS = ("defaults", "search")
CLOSE = {"classification": 0.02, "regression": 0.05}
"""What counts as close to boosting."""


def theirs(name: str, task: str, rows: pd.DataFrame) -> list[float]:
    """Return the score of each fold of one of scikit-learn's."""
    X, y, folds = rows.drop(columns=[TARGET, FOLD]), rows[TARGET], rows[FOLD]
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    words = make_pipeline(
        SimpleImputer(missing_values=None, strategy="constant", fill_value="missing"),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    )
    selected = make_column_selector(dtype_include=object)
    scores = []
    for fold in range(N_FOLDS):
        encoder = make_column_transformer((numbers, make_column_selector(dtype_include="number")), (words, selected))
        model = make_pipeline(encoder, THEIRS[name][task]())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(X[folds != fold], y[folds != fold])
        scores.append(float(model.score(X[folds == fold], y[folds == fold])))
    return scores


class Ours:
    """Trains candidates of a space on parts of a table, in this process, by the engine that searches train by.

    What is computed of the data, such as medians, is computed of the training rows of each part alone.
    """

    def __init__(self, task: str, rows: pd.DataFrame) -> None:
        folds = rows[FOLD].to_numpy()
        data = dataset_of((rows, TARGET), task=task, options={"fold": FOLD})
        self._task = task
        self._outer = [Fold(*_parts(folds != fold, folds == fold)) for fold in range(N_FOLDS)]
        self._inner = [part for outer in self._outer for part in self._within(outer, data.y_train)]
        self._trainer = Trainer(data, [*self._outer, *self._inner], 1)

    def defaults(self) -> list[float]:
        """Return the score of each fold of the space's first candidate."""
        return [self._score(candidates_of(self._task)[0], fold, compiled=False) for fold in range(N_FOLDS)]

    def search(self) -> list[float]:
        """Return the score of each fold of the candidate that is best within its training rows."""
        candidates = candidates_of(self._task)
        # Candidate by candidate, as each one's program is made once.
        inner = {
            candidate: [self._score(candidate, N_FOLDS + place) for place in range(len(self._inner))]
            for candidate in sorted(candidates, key=lambda candidate: str(candidate.resolved(self._task).structure))
        }
        found = []
        for fold in range(N_FOLDS):
            within = slice(fold * N_INNER, (fold + 1) * N_INNER)
            best = max(candidates, key=lambda candidate: np.mean(inner[candidate][within]))
            found.append(self._score(best, fold))
        return found

    def _within(self, outer: Fold, y: np.ndarray) -> list[Fold]:
        """Return folds of the training rows of one."""
        kind = StratifiedKFold if self._task == "classification" else KFold
        split = kind(N_INNER, shuffle=True, random_state=0).split(outer.train, y[outer.train])
        return [Fold(outer.train[train], outer.train[held_out]) for train, held_out in split]

    def _score(self, candidate: Candidate, place: int, *, compiled: bool = True) -> float:
        fold = [*self._outer, *self._inner][place]
        params = candidate.resolved(self._task).params
        sizes = BatchSizes.of(params, len(fold.train), len(fold.held_out)) if compiled else None
        ((result, _),) = self._trainer.train((Fit(candidate, place, 0, 0, 0),), sizes)
        if result.status != "ok":
            return -math.inf
        return float(result.curve["val_accuracy" if self._task == "classification" else "val_r2"][-1])


def _parts(train: np.ndarray, held_out: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.flatnonzero(train).astype(np.int32), np.flatnonzero(held_out).astype(np.int32)


def candidates_of(task: str) -> tuple[Candidate, ...]:
    """Return the candidates of the bundled space, its defaults first."""
    return kerasgrid.load_space(f"table_{task}").tried.next((), task)


class Results:
    """Scores by table and contestant, kept in a file."""

    def __init__(self, path: Path, seed: int = 0) -> None:
        self._path, self._seed = path, seed
        self._kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}

    def scores(self, table: Table, name: str, most_rows: int) -> list[float] | None:
        return self._kept.get(self._key(table, name, most_rows))

    def keep(self, table: Table, name: str, most_rows: int, scores: list[float]) -> None:
        self._kept[self._key(table, name, most_rows)] = scores
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(self._kept, indent=1))
        fresh.replace(self._path)

    def _key(self, table: Table, name: str, most_rows: int) -> str:
        candidates = {"defaults": candidates_of(table.task)[:1], "search": candidates_of(table.task)}.get(name, ())
        ids = "".join(candidate.id for candidate in candidates)
        folds = [f"folds {self._seed}"] if self._seed else []
        return " ".join([table.name, name, str(most_rows), *folds, sha256(ids.encode()).hexdigest()[:8]])


def compute(table: Table, rows: pd.DataFrame, name: str) -> list[float]:
    if name in THEIRS:
        return theirs(name, table.task, rows)
    ours = Ours(table.task, rows)
    return ours.defaults() if name == "defaults" else ours.search()


def report(tables: Sequence[Table], names: Sequence[str], results: Results, most_rows: int) -> list[str]:
    """Return the table of scores as Markdown, and what follows from it."""
    known = {
        table: {name: scores for name in names if (scores := results.scores(table, name, most_rows))}
        for table in tables
    }
    lines = [f"| table | {' | '.join(names)} |", f"| --- {'| --- ' * len(names)}|"]
    for table, scores in known.items():
        cells = [_cell(scores.get(name)) for name in names]
        lines.append(f"| {table.name} | {' | '.join(cells)} |")
    whole = {table: scores for table, scores in known.items() if len(scores) == len(names)}
    if not whole:
        return lines
    means = pd.DataFrame({t.name: {name: np.mean(s) for name, s in scores.items()} for t, scores in whole.items()}).T
    ranks = means.round(6).rank(axis=1, ascending=False).mean()
    lines.append(f"| **mean rank** of {len(whole)} tables | {' | '.join(f'{ranks[name]:.2f}' for name in names)} |")
    for name in [name for name in OURS if name in names]:
        beaten = (means[name] > means["MLP"]).sum() + (means[name] == means["MLP"]).sum() / 2
        margin = np.array([CLOSE[table.task] for table in whole])
        close = (means[name] >= means["boosting"] - margin).sum()
        lines += ["", f"{name}: better than MLP on {beaten:g} of {len(whole)} tables (a tie counts half), "
                  f"within 0.02 accuracy or 0.05 R² of boosting or better on {close}"]  # fmt: skip
    return lines


def _cell(scores: Sequence[float] | None) -> str:
    if not scores:
        return ""
    return f"{np.mean(scores):.3f} ± {np.std(scores, ddof=1) / len(scores) ** 0.5:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=len(TABLES), help="how many")
    parser.add_argument("--rows", type=int, default=2000, help="rows of a table at most, drawn at random")
    parser.add_argument("--folds", type=int, default=0, metavar="SEED", help="seed of the folds")
    parser.add_argument("--search", action="store_true", help="the spaces' searches, too")
    parser.add_argument("--report", action="store_true", help="compute nothing")
    parser.add_argument("--results", type=Path, default=Path("tables.json"))
    parser.add_argument("--wheels", type=Path, default=Path.home() / ".cache" / "kerasgrid" / "keel")
    options = parser.parse_args()
    tables, names = TABLES[: options.tables], [*THEIRS, *OURS[: 1 + options.search]]
    results, wheel = Results(options.results, options.folds), wheel_in(options.wheels)
    for table in tables:
        missing = [name for name in names if results.scores(table, name, options.rows) is None]
        if missing and not options.report:
            rows = rows_of(table, wheel, options.rows, options.folds)
            for name in missing:
                scores = compute(table, rows, name)
                results.keep(table, name, options.rows, scores)
                print(f"{table.name}: {name} {_cell(scores)}", file=sys.stderr, flush=True)
    print(f"{processor()}; at most {options.rows:,} rows, {N_FOLDS} folds\n")
    print("\n".join(report(tables, names, results, options.rows)))


if __name__ == "__main__":
    main()
