"""Epochs as an axis beside the longest of them alone: fits that differ in their epochs alone are one training.

Wall time of two whole searches of kerasgrid on Fashion-MNIST, one after the other: one of the greatest number of epochs
alone, and one whose epochs are an axis. The fits of the former must be among those of the latter, number by number.

    python benchmarks/shared_epochs.py                        60,000 images
    python benchmarks/shared_epochs.py --images 6000 --jobs 1
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import kerasgrid

EPOCHS = (5, 10, 20, 40)


def space(images: int, epochs: list[int]) -> dict[str, Any]:
    """Return an MLP with batch norm and dropout, of three learning rates, each on three folds."""
    return {
        "name": "shared-epochs",
        "dataset": {"name": "fashion_mnist", "train_size": images},
        "cv": 3,
        "params": {
            "hidden_units": [[128]], "input_batch_norm": True, "input_dropout": 0.2, "batch_size": 512,
            "learning_rate": [0.001, 0.002, 0.01], "epochs": epochs,
        },
    }  # fmt: skip


def timed(document: dict[str, Any], folder: Path, jobs: int | None) -> tuple[float, kerasgrid.Run]:
    """Return what a search takes, and its run."""
    started = time.perf_counter()
    run = kerasgrid.search(document, out=folder, jobs=jobs, progress=False)
    return time.perf_counter() - started, run


def main() -> None:
    """Run both and print their seconds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--images", type=int, default=60_000, help="training images")
    parser.add_argument("--jobs", type=int, default=None, help="worker processes; one a core if left out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        seconds, of_longest = {}, {}
        for label, epochs in (("longest", [EPOCHS[-1]]), ("axis", [*EPOCHS])):
            seconds[label], run = timed(space(options.images, epochs), Path(name) / label, options.jobs)
            of_longest[label] = {
                (one.fit.candidate, one.fit.fold): one.curve
                for one in run.results
                if one.fit.candidate["epochs"] == EPOCHS[-1]
            }
            print(f"{label:8} {len(run.results):3} fits  {seconds[label]:7.1f} s", flush=True)
    assert of_longest["axis"] == of_longest["longest"], "the fits differ"
    print(f"axis / longest: {seconds['axis'] / seconds['longest']:.2f}")


if __name__ == "__main__":
    main()
