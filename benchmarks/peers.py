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
from run import HERE, JOBS, Figure, run_kerasgrid, seconds_of

from kerasgrid.space.files import bundled_spaces

PEERS = {"keras-tuner": "keras_tuner", "optuna": "optuna"}
"""What their packages are called when they are imported."""

DIGITS = json.loads(bundled_spaces()["random"].read_text())
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
            figures = {
                f"kerasgrid, jobs {jobs}": run_kerasgrid(["search", str(space)], jobs, Path(name) / f"out-{jobs}")
                for jobs in JOBS
            }
            figures |= {peer: run_peer(peer, space) for peer in PEERS}
        ours = figures["kerasgrid, jobs 2"][0]
        for label, (seconds, scores) in figures.items():
            print(
                f"  {label:20} {seconds:7.1f} s  {seconds / ours:6.1f}×   best and test accuracy {scores}", flush=True
            )


if __name__ == "__main__":
    main()
