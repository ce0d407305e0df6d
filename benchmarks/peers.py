"""kerasgrid beside KerasTuner and Optuna with plain Keras: the same candidates, one after the other in one run.

Every figure is the wall time of a whole process: start-up, all fits, the winner's refit and its test-set result;
kerasgrid's also has the report. The peers run on one process, which uses all cores as TensorFlow likes to; KerasTuner
measures the held-out samples after each epoch, as kerasgrid does and its objective needs, Optuna's objective at the
end. Ratios are what counts: the seconds change with the machine and its load.

    pip install keras-tuner optuna
    python benchmarks/peers.py              everything, about 15 minutes on 2 cores
    python benchmarks/peers.py random-10    one of the cases
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chosen import add_cases, chosen
from run import HERE, Figure, seconds_of

PEERS = {"keras-tuner": "keras_tuner", "optuna": "optuna"}
"""What their packages are called when they are imported."""

DIGITS = {
    "dataset": {"name": "digits", "train_size": 500}, "strategy": "random", "metric": "accuracy",
    "validation_split": 0.2,
    "params": {
        "hidden_units": [[100] * 6], "activation": "relu", "kernel_initializer": "he_normal", "optimizer": "SGD",
        "batch_size": 100, "epochs": 50,
        "learning_rate": {"log_uniform": {"low": 1e-6, "high": 1e-2}},
        "weight_decay": {"log_uniform": {"low": 1e-8, "high": 1e-4}},
    },
}  # fmt: skip
GRID = {**json.loads((HERE / "grid.json").read_text()), "validation_split": 0.2}
GRID.pop("cv")


@dataclass(frozen=True)
class Case:
    """One search.

    Attributes:
        name: As on the command line.
        description: What is trained.
        space: What a space file says, but for its name.
    """

    name: str
    description: str
    space: dict[str, Any]


CASES = (
    Case("random-10", "digits, 6 hidden layers × 100, 50 epochs, 10 random trials", {**DIGITS, "trials": 10}),
    Case("random-100", "the same, 100 trials", {**DIGITS, "trials": 100}),
    Case("grid-512", "Fashion-MNIST, 784-128-10, 6 fits × 3 epochs on 48,000 images, batch 512", GRID),
)


def run_ours(space: Path, jobs: int, out: Path) -> Figure:
    """Return what kerasgrid takes and finds."""
    command = [sys.executable, "-m", "kerasgrid", "search", str(space), "--jobs", str(jobs), "--out", str(out)]
    seconds, _ = seconds_of(command)
    best = json.loads((out / "best_params.json").read_text())
    return seconds, f"{best['mean']:.4f} {best['test']['accuracy']:.4f}"


def run_peer(name: str, space: Path) -> Figure:
    """Return what a peer takes and finds."""
    seconds, printed = seconds_of([sys.executable, str(HERE / "peers_search.py"), name, str(space)])
    return seconds, printed.strip().splitlines()[-1]


def main() -> None:
    """Run the chosen cases and print a table of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_cases(parser, CASES)
    options = parser.parse_args()
    missing = [name for name, module in PEERS.items() if importlib.util.find_spec(module) is None]
    if missing:
        parser.error(f"not installed: {', '.join(missing)} (pip install {' '.join(missing)})")
    for case in chosen(parser, CASES, options.cases):
        print(f"{case.name}: {case.description}", flush=True)
        with tempfile.TemporaryDirectory() as name:
            space = Path(name) / "space.json"
            space.write_text(json.dumps({**case.space, "name": case.name}))
            figures = {f"kerasgrid, jobs {jobs}": run_ours(space, jobs, Path(name) / f"out-{jobs}") for jobs in (1, 2)}
            figures |= {peer: run_peer(peer, space) for peer in PEERS}
        ours = figures["kerasgrid, jobs 2"][0]
        for label, (seconds, scores) in figures.items():
            print(
                f"  {label:20} {seconds:7.1f} s  {seconds / ours:6.1f}×   best and test accuracy {scores}", flush=True
            )


if __name__ == "__main__":
    main()
