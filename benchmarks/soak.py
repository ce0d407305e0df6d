"""A long search, watched from outside: memory, open files, threads, temporary files and the size of its store.

2,000 real fits of 100 structures are trained by the command line, while all of its processes are looked at twice a
second. What grows with the number of fits shows as a slope: the parent's memory should grow by less than 1 MB for each
100 fits, workers are replaced before theirs does, and all else is flat, but for the store, which holds the fits.

    python benchmarks/soak.py                     some minutes; prints a table, and draws soak.png
    python benchmarks/soak.py --structures 20     a fifth of it
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
import psutil
from machine import processor

RATES = 4
FOLDS = 5
EVERY = 0.5
WARM = 0.25
"""The part of the fits that is left out of slopes: what grows once, such as caches, has grown by then."""


@dataclass(frozen=True)
class Look:
    """What is seen of a search at one moment; memory and sizes in MB."""

    fits: int
    parent: float
    workers: float
    files: int
    threads: int
    processes: int
    temporary: float
    store: float


def space(structures: int) -> dict[str, object]:
    """Return the space: so many widths, each with its own program."""
    return {
        "name": "soak",
        "dataset": {"name": "digits", "train_size": 400},
        "cv": FOLDS,
        "params": {
            "hidden_units": [[8 + width] for width in range(structures)],
            "learning_rate": [0.001 * 2**power for power in range(RATES)],
            "epochs": 3,
        },
    }


def size_of(folder: Path) -> float:
    """Return the MB of the files below a folder, as far as they are there."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.stat().st_size if path.is_file() else 0
    return total / 1e6


def n_fits(folder: Path) -> int:
    """Return how many fits the store has."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{folder / 'run.sqlite'}?mode=ro", uri=True)) as file:
        return int(file.execute("SELECT count(*) FROM fits").fetchone()[0])
    return 0


def look(process: psutil.Process, run: Path, temporary: Path) -> Look:
    """Return what is seen now."""
    parent = process.memory_info().rss / 1e6
    workers, files, threads = [], process.num_fds(), process.num_threads()
    for child in process.children(recursive=True):
        with suppress(psutil.Error):
            # Forked processes share most of their pages.
            workers.append(child.memory_full_info().uss / 1e6)
            files += child.num_fds()
            threads += child.num_threads()
    store = sum((run / name).stat().st_size for name in ("run.sqlite", "run.sqlite-wal") if (run / name).exists())
    return Look(
        n_fits(run),
        parent,
        max(workers, default=0.0),
        files,
        threads,
        1 + len(workers),
        size_of(temporary),
        store / 1e6,
    )


def watched(structures: int, folder: Path) -> list[Look]:
    """Return what was seen of a whole search."""
    (folder / "space.json").write_text(json.dumps(space(structures)))
    run, temporary = folder / "run", folder / "tmp"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    command = [sys.executable, "-m", "kerasgrid", "search", str(folder / "space.json"), "--out", str(run)]
    looks = []
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as search:
        process = psutil.Process(search.pid)
        while search.poll() is None:
            with suppress(psutil.Error, FileNotFoundError):
                looks.append(look(process, run, temporary))
            time.sleep(EVERY)
    assert search.returncode == 0, f"the search ended with exit code {search.returncode}"
    print(f"left in the folder for temporary files: {[path.name for path in temporary.iterdir()]}")
    return looks


def slopes(looks: Sequence[Look]) -> dict[str, tuple[float, float, float]]:
    """Return of everything that was seen: its mean, its greatest value, and by how much it grows for each 100 fits."""
    table = np.array([astuple(one) for one in looks], dtype=float)
    fits = table[:, 0]
    kept = (fits >= WARM * fits.max()) & (fits < fits.max())
    found = {}
    for place, field in enumerate(fields(Look)):
        if place:
            slope = float(np.polyfit(fits[kept], table[kept, place], 1)[0]) * 100
            found[field.name] = (float(table[kept, place].mean()), float(table[:, place].max()), slope)
    return found


def draw(looks: Sequence[Look], path: Path) -> None:
    """Draw everything that was seen over the number of fits."""
    from matplotlib.figure import Figure

    table = np.array([astuple(one) for one in looks], dtype=float)
    figure = Figure(figsize=(9, 5), layout="constrained")
    for place in range(1, len(fields(Look))):
        axes = figure.add_subplot(2, 4, place)
        axes.plot(table[:, 0], table[:, place], ".", markersize=2)
        axes.set_title(fields(Look)[place].name)
        axes.set_ylim(0)
        axes.set_xlabel("fits")
    figure.savefig(path, dpi=110)


def main() -> None:
    """Print what was seen, and draw it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--structures", type=int, default=100, help=f"each has {RATES * FOLDS} fits")
    parser.add_argument("--picture", type=Path, default=Path("soak.png"))
    asked = parser.parse_args()
    print(processor())
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        looks = watched(asked.structures, Path(folder))
        print(f"{max(one.fits for one in looks):,} fits in {time.monotonic() - started:.0f} s, {len(looks)} looks")
    print(f"{'':12}{'mean':>10}{'greatest':>10}{'for each 100 fits':>20}")
    for name, (mean, most, slope) in slopes(looks).items():
        print(f"{name:12}{mean:10.1f}{most:10.1f}{slope:+20.3f}")
    draw(looks, asked.picture)
    print(f"drawn: {asked.picture}")


if __name__ == "__main__":
    main()
