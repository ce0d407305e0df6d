"""kerasgrid's two faces beside each other: the same searches by the command line and by scikit-learn's classes.

Both run in alternation, each in processes of its own, from start to end: start-up, reading the data, all fits, the
refit of the winner on all training data and its test-set result; the command line also writes its report. Of each the
shortest time counts, since other work on the machine only ever adds to it; where that is much, the processor's time,
of all processes together, says more (on Linux).

    python benchmarks/faces.py                     all cases, 2 workers and 1, three times each
    python benchmarks/faces.py random-100 --jobs 2 --times 1
    python benchmarks/faces.py --small             a fraction of the fits, to see whether anything changed
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from chosen import add_cases, chosen

HERE = Path(__file__).parent
_SET_CHILD_SUBREAPER = 36
WANTED = 1.15
"""At most so many times as long as the command line scikit-learn's classes should take."""


@dataclass(frozen=True)
class Case:
    """One search.

    Attributes:
        name: What it is called.
        description: What is searched.
        command: The command line's arguments, before the space file.
        small: How the space is changed to be a small one.
    """

    name: str
    description: str
    command: Sequence[str]
    space: Path
    small: dict[str, Any] = field(default_factory=dict)

    def space_in(self, folder: Path, *, small: bool) -> Path:
        """Write its space into a folder, and return the file."""
        space = json.loads(self.space.read_text())
        path = folder / f"{self.name}.json"
        path.write_text(json.dumps(space | (self.small if small else {})))
        return path


CASES = (
    Case(
        "grid-512",
        "Fashion-MNIST, 784-128-10 with batch norm and dropout on its input, 18 fits × 3 epochs, batch 512",
        ("search",),
        HERE / "grid.json",
        {"dataset": {"name": "fashion_mnist", "train_size": 12_000}},
    ),
    Case(
        "random-100",
        "digits, 6 hidden layers × 100, 50 epochs, 100 random trials",
        ("search",),
        HERE.parent / "search_spaces" / "random.json",
        {"trials": 30},
    ),
    Case(
        "epochs",
        "12,000 images of Fashion-MNIST, 784-128-10, 3 learning rates × 5, 10, 20 and 40 epochs × 3 folds: 9 trainings",
        ("search",),
        HERE / "epochs.json",
        {"dataset": {"name": "fashion_mnist", "train_size": 3_000}},
    ),
)


@dataclass(frozen=True)
class Figure:
    """What a search took, in seconds of the clock and of the processors, and what it said."""

    seconds: float
    of_processors: float
    told: str


def by_command_line(case: Case, space: Path, jobs: int, folder: Path) -> Figure:
    """Return what the command line takes; it tells the best and the test accuracy."""
    out = folder / f"{case.name}-{jobs}-{time.monotonic_ns()}"
    done = _run([*case.command, str(space), "--jobs", str(jobs), "--out", str(out)], ["-m", "kerasgrid"])
    best = json.loads((out / "best_params.json").read_text())
    return replace(done, told=f"{best['mean']:.4f} {best['test']['accuracy']:.4f}")


def by_classes(space: Path, jobs: int) -> Figure:
    """Return what scikit-learn's classes take; they tell the best and the test accuracy, and their parts."""
    done = _run(["--estimator", str(space), "--jobs", str(jobs)], [__file__])
    return replace(done, told=done.told.strip().splitlines()[-1])


def _run(arguments: Sequence[str], program: Sequence[str]) -> Figure:
    before, started = _of_processors(), time.perf_counter()
    done = subprocess.run([sys.executable, *program, *arguments], capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)}\nended with exit status {done.returncode}\n{done.stderr[-2000:]}")
    return Figure(seconds, _of_processors() - before, done.stdout)


def _adopt_orphans() -> None:
    """Have processes whose parents end become children of this one, so that their time is known."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _of_processors() -> float:
    """Return the processors' seconds of all children, once these have ended; of workers that outlive a search, too."""
    with suppress(ChildProcessError):
        while True:
            os.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def search_by_classes(path: Path, jobs: int) -> None:
    """Search a space as people do in a script, and print scores, and the seconds of its parts."""
    started = time.perf_counter()
    import numpy as np
    from scipy.stats import loguniform
    from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit

    import kerasgrid
    from kerasgrid.data.sources import load_dataset

    space = json.loads(path.read_text())
    source = space["dataset"] if isinstance(space["dataset"], dict) else {"name": space["dataset"]}
    data = load_dataset(**source)
    fixed, axes = {}, {}
    for name, value in space["params"].items():
        if isinstance(value, list):
            axes[name] = value
        elif isinstance(value, dict):
            axes[name] = loguniform(value["log_uniform"]["low"], value["log_uniform"]["high"])
        else:
            fixed[name] = value
    estimator = kerasgrid.KerasClassifier(**fixed, random_state=0)
    common: dict[str, Any] = {"scoring": "accuracy", "n_jobs": jobs, "error_score": "raise"}
    search: Any
    if "trials" in space:
        split = StratifiedShuffleSplit(1, test_size=space["validation_split"], random_state=0)
        common |= {"n_iter": space["trials"], "random_state": 0, "cv": split}
        search = kerasgrid.RandomizedSearchCV(estimator, axes, **common)
    else:
        folds = StratifiedKFold(space["cv"], shuffle=True, random_state=0)
        search = kerasgrid.GridSearchCV(estimator, axes, cv=folds, **common)
    read = time.perf_counter()
    search.fit(data.x_train, data.y_train)
    searched = time.perf_counter()
    accuracy = float(np.mean(search.predict(data.x_test) == data.y_test))
    done = time.perf_counter()
    parts = {
        "read": read - started,
        "fits": searched - read - search.refit_time_,
        "refit": search.refit_time_,
        "test": done - searched,
    }
    told = ", ".join(f"{name} {seconds:.1f}" for name, seconds in parts.items())
    print(f"{search.best_score_:.4f} {accuracy:.4f}   {told}")


def main() -> None:
    """Run the chosen cases and print their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_cases(parser, CASES)
    parser.add_argument("--jobs", type=int, action="append", help="numbers of workers; 2 and 1")
    parser.add_argument("--times", type=int, default=3, help="how often each runs; 3")
    parser.add_argument("--small", action="store_true", help="a fraction of the fits")
    parser.add_argument("--estimator", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.estimator is not None:
        search_by_classes(options.estimator, options.jobs[0])
        return
    _adopt_orphans()
    cases = chosen(parser, CASES, options.cases)
    with tempfile.TemporaryDirectory() as name:
        for case in cases:
            print(f"{case.name}: {case.description}{' (small)' if options.small else ''}", flush=True)
            space = case.space_in(Path(name), small=options.small)
            for jobs in options.jobs or (2, 1):
                figures: dict[str, list[Figure]] = {"command line": [], "classes": []}
                for _ in range(options.times):
                    figures["command line"].append(by_command_line(case, space, jobs, Path(name)))
                    figures["classes"].append(by_classes(space, jobs))
                    for label, (*_, done) in figures.items():
                        print(f"  {label:12} {jobs} workers {_text(done)}   {done.told}", flush=True)
                print(f"  classes / command line, {jobs} workers: {_ratios(figures)}\n", flush=True)


def _text(figure: Figure) -> str:
    return f"{figure.seconds:6.1f} s, processors {figure.of_processors:6.1f} s"


def _ratios(figures: Mapping[str, Sequence[Figure]]) -> str:
    least = {
        label: (min(one.seconds for one in found), min(one.of_processors for one in found))
        for label, found in figures.items()
    }
    ratios = [mine / theirs for mine, theirs in zip(least["classes"], least["command line"], strict=True)]
    return f"{ratios[0]:.2f} (wanted: {WANTED}), of processors' time {ratios[1]:.2f}"


if __name__ == "__main__":
    main()
