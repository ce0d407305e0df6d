"""kerasgrid beside scikeras + scikit-learn: the same searches, on this machine, one after the other.

Every figure is the wall time of a whole process: start-up, all fits, the refit of the winner on all training data and
its test-set result; kerasgrid's also has the report. Only ``estimators`` times the search alone. Ratios are what
counts: the seconds change with the machine and its load.

    python benchmarks/run.py              everything, about 20 minutes on 2 cores
    python benchmarks/run.py random-20    one of the cases
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chosen import add_cases, chosen

HERE = Path(__file__).parent
JOBS = (1, 2)

Figure = tuple[float, str]
"""Seconds, and the best and test scores as text."""


@dataclass(frozen=True)
class Case:
    """One search, as arguments of either program."""

    name: str
    description: str
    ours: Sequence[str]
    theirs: Sequence[str]


CASES = (
    Case(
        "grid-512",
        "Fashion-MNIST, 784-128-10 with batch norm and dropout on its input, 18 fits × 3 epochs, batch 512",
        ("search", "512"),
        ("grid", "--batch-size", "512"),
    ),
    Case("grid-32", "the same, batch 32", ("search", "32"), ("grid", "--batch-size", "32")),
    Case(
        "random-20",
        "digits, 6 hidden layers × 100, 50 epochs, 20 random trials",
        ("random", "--trials", "20"),
        ("random", "--trials", "20"),
    ),
    Case("random-100", "the same, 100 trials", ("random", "--trials", "100"), ("random", "--trials", "100")),
    Case(
        "estimators",
        "digits, 64-64-10 with dropout, 15 epochs, plain GridSearchCV over either estimator, 18 fits after a first one",
        ("estimator", "ours"),
        ("estimator", "theirs"),
    ),
)


def seconds_of(command: Sequence[str]) -> tuple[float, str]:
    """Return the wall time of a command and what it printed; a failure ends the benchmark with its messages."""
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\nended with exit status {done.returncode}\n{done.stderr[-2000:]}")
    return seconds, done.stdout


def run_estimator(which: str, jobs: int) -> Figure:
    """Return what the search took by its own clock: start-up and the first fit, which compiles, do not count."""
    _, printed = seconds_of([sys.executable, str(HERE / "estimator_search.py"), which, "--n-jobs", str(jobs)])
    seconds, scores = printed.strip().splitlines()[-1].split(maxsplit=1)
    return float(seconds), scores


def run_kerasgrid(arguments: Sequence[str], jobs: int, out: Path) -> Figure:
    """Return what a command of kerasgrid takes and finds."""
    command = [sys.executable, "-m", "kerasgrid", *arguments, "--jobs", str(jobs), "--out", str(out)]
    seconds, _ = seconds_of(command)
    best = json.loads((out / "best_params.json").read_text())
    return seconds, f"{best['mean']:.4f} {best['test']['accuracy']:.4f}"


def run_ours(case: Case, jobs: int, folder: Path) -> Figure:
    command, *rest = case.ours
    if command == "estimator":
        return run_estimator(rest[0], jobs)
    if command == "search":
        space = json.loads((HERE / "grid.json").read_text())
        space["params"]["batch_size"] = int(rest[0])
        path = folder / "grid.json"
        path.write_text(json.dumps(space))
        rest = [str(path)]
    return run_kerasgrid([command, *rest], jobs, folder / f"{case.name}-{jobs}")


def run_theirs(case: Case, jobs: int) -> Figure:
    if case.theirs[0] == "estimator":
        return run_estimator(case.theirs[1], jobs)
    script = str(HERE / "scikeras_search.py")
    seconds, printed = seconds_of([sys.executable, script, *case.theirs, "--n-jobs", str(jobs)])
    return seconds, printed.strip().splitlines()[-1]


def ratio_lines(ours: Mapping[int, Figure], theirs: Mapping[int, Figure]) -> list[str]:
    """Return by how much ours is faster: with as many processes each, then with all of ours against one of theirs."""
    pairs = [*((jobs, jobs) for jobs in JOBS), (JOBS[-1], JOBS[0])]
    return [
        f"kerasgrid jobs {mine} beside scikeras n_jobs {other}: {theirs[other][0] / ours[mine][0]:.1f}× as fast"
        for mine, other in pairs
    ]


def main() -> None:
    """Run the chosen cases and print a table of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_cases(parser, CASES)
    options = parser.parse_args()
    cases = chosen(parser, CASES, options.cases)
    with tempfile.TemporaryDirectory() as name:
        for case in cases:
            print(f"{case.name}: {case.description}", flush=True)
            ours = {jobs: run_ours(case, jobs, Path(name)) for jobs in JOBS}
            theirs = {jobs: run_theirs(case, jobs) for jobs in JOBS}
            for label, figures in (("kerasgrid", ours), ("scikeras + scikit-learn", theirs)):
                for jobs, (seconds, scores) in figures.items():
                    print(f"  {label:24} jobs {jobs}  {seconds:7.1f} s   best and test accuracy {scores}", flush=True)
            print("\n".join(f"  {line}" for line in ratio_lines(ours, theirs)) + "\n", flush=True)


if __name__ == "__main__":
    main()
