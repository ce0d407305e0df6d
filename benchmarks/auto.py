"""``kerasgrid auto`` beside what people use instead, in the same time: public tables and images, whole processes.

What is judged by, and how it is split, is in ``auto_data.py``; the rivals are in ``auto_rivals.py``, FLAML in
``auto_flaml.py``. Each rival runs in a process of its own on two cores, one at a time. Its time is from the start of
the process to its exit, taken here; that of kerasgrid is ``kerasgrid auto``, and predicting comes after it, while the
others predict within their time. A budget is kept if no more than 5% of it, or 10 s, are added. ``network`` and
``boosting`` search nothing, and run once for all budgets.

Every finished cell is a line of ``cells.jsonl`` in ``--folder`` and is not run again: a table may be made in several
sittings, and grow. FLAML is installed by this script into ``--flaml``, an environment of its own, if it can be.

    python benchmarks/auto.py                                   everything: 14 × 2 seeds × (1 + 3 minutes) × 3 and more
    python benchmarks/auto.py --minutes 1 --seeds 0             about an hour
    python benchmarks/auto.py --only kerasgrid letter           one rival, one table
    python benchmarks/auto.py --cells 10                        ten more
    python benchmarks/auto.py --table                           what is known, nothing is run
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from auto_data import Task, image_task, names, score_of, table_task
from auto_table import ONCE, OURS, RIVALS, Cells, Key, markdown, wants
from machine import processor
from public_tables import TARGET, wheel_in

HERE = Path(__file__).parent
CORES = 2
MINUTES = (1.0, 3.0)
SEEDS = (0, 1)
HOPELESS = 3.0
"""After so many times its budget, and five minutes, a process is ended and has failed."""


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit status, None if it was ended here; what it took; and the end of what it printed."""

    status: int | None
    seconds: float
    printed: str
    complained: str


def run(command: Sequence[str], limit: float) -> Ended:
    """Run a process on two cores, and take its time."""
    cores = sorted(os.sched_getaffinity(0))[:CORES]
    # Threads that spin while they wait take the cores from those that they wait for, which is bad for boosting.
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=out, stderr=err, env=environment, start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )  # fmt: skip
        status: int | None = None
        try:
            status = process.wait(limit)
        except subprocess.TimeoutExpired:
            pass
        finally:
            seconds = time.perf_counter() - started
            if status is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        out.seek(0)
        err.seek(0)
        return Ended(status, seconds, out.read()[-2000:], err.read()[-2000:])


def command_of(rival: str, task: Task, minutes: float, flaml: Path) -> list[str]:
    """Return what is run; it begins at once."""
    if rival == OURS:
        target = [] if task.is_images else ["--target", TARGET]
        return [sys.executable, "-m", "kerasgrid", "auto", str(task.train), *target, "--minutes", f"{minutes:g}",
                "--jobs", str(CORES), "--out", str(task.folder / "run")]  # fmt: skip
    timed = ["--seconds", f"{60 * minutes:g}", "--began", f"{time.time():.3f}"]
    if rival == "FLAML":
        return [str(python_in(flaml)), str(HERE / "auto_flaml.py"), str(task.folder), *timed]
    return [sys.executable, str(HERE / "auto_rivals.py"), rival, str(task.folder), *timed]


def predictions_of(rival: str, task: Task) -> np.ndarray:
    """Return what a rival predicts of the test rows."""
    path = task.folder / "predictions.csv"
    if rival == OURS:
        command = [sys.executable, "-m", "kerasgrid", "predict", str(task.folder / "run"), str(task.test)]
        subprocess.run([*command, "--out", str(path)], check=True, capture_output=True)
    return pd.read_csv(path)["prediction"].to_numpy()


def measured(key: Key, task: Task, flaml: Path) -> tuple[dict[str, Any], np.ndarray | None]:
    """Run a cell, and return what is kept of it, and what each test row adds to the score."""
    load = os.getloadavg()[0]
    ended = run(command_of(key.rival, task, key.minutes, flaml), 300 + HOPELESS * 60 * key.minutes)
    kept: dict[str, Any] = {
        "data": key.data, "rival": key.rival, "minutes": key.minutes, "seed": key.seed,
        "seconds": round(ended.seconds, 2), "load before": round(load, 2),
        "machine": processor(), "kerasgrid": version("kerasgrid"),
    }  # fmt: skip
    try:
        if ended.status != 0:
            raise RuntimeError(f"exit status {ended.status}: {ended.complained.strip()[-500:]}")
        score = score_of(task, predictions_of(key.rival, task))
    except (RuntimeError, ValueError, KeyError, OSError, subprocess.CalledProcessError) as error:
        return {**kept, "status": "failed", "error": f"{type(error).__name__}: {error}"}, None
    lines = ended.printed.strip().splitlines()
    said = {"said": json.loads(lines[-1])} if key.rival != OURS else {}
    return {**kept, "status": "ok", "score": round(score.value, 6), **said}, score.of_rows


def python_in(folder: Path) -> Path:
    return folder / "bin" / "python"


def flaml_is_there(folder: Path) -> bool:
    """Return whether FLAML is there, installed now if it was not."""
    python = python_in(folder)
    if not python.exists():
        venv.create(folder, with_pip=True)
    asked = subprocess.run([str(python), "-c", "import flaml.automl"], capture_output=True, check=False)
    if asked.returncode == 0:
        return True
    installed = subprocess.run([str(python), "-m", "pip", "install", "--quiet", "flaml[automl]"], check=False)
    if installed.returncode != 0:
        print("FLAML cannot be installed here, and is left out", file=sys.stderr)
    return installed.returncode == 0


def keys_of(options: argparse.Namespace) -> list[Key]:
    """Return the cells that are asked for, in their order."""
    data, known = names(options.images), [*names(options.images), *RIVALS]
    if unknown := [name for name in options.only if name not in known]:
        raise SystemExit(f"no such table or rival: {', '.join(unknown)}; there are {', '.join(known)}")
    wanted = [name for name in options.only if name in data] or data
    rivals = [name for name in options.only if name in RIVALS] or list(RIVALS)
    keys = [
        Key(name, rival, 0.0 if rival in ONCE else minutes, seed)
        for minutes in options.minutes
        for seed in options.seeds
        for name in wanted
        for rival in rivals
    ]
    return list(dict.fromkeys(keys))


def task_of(key: Key, options: argparse.Namespace, wheel: zipfile.ZipFile, folder: Path) -> Task | str:
    if key.data == options.images:
        return image_task(key.data, key.seed, options.data_dir, folder)
    return table_task(key.data, key.seed, wheel, folder)


def run_cells(options: argparse.Namespace, cells: Cells) -> Iterator[str]:
    """Run what is missing, and yield a line of each."""
    missing = [key for key in keys_of(options) if key not in cells]
    without: set[str] = set()
    if any(key.rival == "FLAML" for key in missing) and not flaml_is_there(options.flaml):
        without.add("FLAML")
    wheel, n = wheel_in(options.wheels), 0
    for key in missing:
        if {key.data, key.rival} & without or n >= options.cells:
            continue
        with tempfile.TemporaryDirectory(prefix="kerasgrid-auto-") as name:
            task = task_of(key, options, wheel, Path(name))
            if isinstance(task, str):
                without.add(key.data)
                yield f"{task}: left out"
                continue
            kept, of_rows = measured(key, task, options.flaml)
        cells.keep(key, kept, of_rows)
        n += 1
        result = f"{kept['score']:.4f}" if kept["status"] == "ok" else kept["error"]
        yield f"{key.data}, {key.rival}, {key.minutes:g} min, seed {key.seed}: {result}, {kept['seconds']:.1f} s"


def main() -> None:
    """Run what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("runs/auto_cells"), help="where cells are kept")
    parser.add_argument("--cells", type=int, default=10**9, metavar="N", help="at most so many more")
    parser.add_argument("--minutes", type=float, nargs="+", default=list(MINUTES), help="the budgets")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS), help="of the outer split")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="tables, rivals, or both")
    parser.add_argument("--images", choices=["fashion_mnist", "mnist"], default="fashion_mnist",
                        help="mnist where the files of the other are not at hand")  # fmt: skip
    parser.add_argument("--data-dir", type=Path, help="where images are looked for first")
    parser.add_argument("--wheels", type=Path, default=Path.home() / ".cache" / "kerasgrid" / "keel")
    parser.add_argument("--flaml", type=Path, default=Path.home() / ".cache" / "kerasgrid" / "flaml")
    parser.add_argument("--table", action="store_true", help="run nothing")
    options = parser.parse_args()
    cells = Cells(options.folder)
    if not options.table:
        for line in run_cells(options, cells):
            print(line, file=sys.stderr, flush=True)
    print("\n".join([*markdown(cells), "", *wants(cells)]))


if __name__ == "__main__":
    main()
