"""What a search costs beside the training: 100,000 fits by a formula, their store, and the reports.

The fake fitter answers at once, so that all that is left is kerasgrid's own: planning, the store, progress, ranking,
the run and its files. Printed are seconds, milliseconds a fit, and the greatest memory of each process.

    python benchmarks/many_fits.py                 100,000 fits: 20,000 candidates in 5 folds
    python benchmarks/many_fits.py --fits 10000
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

N_FOLDS = 5
WANTED = "wanted: 2 ms a fit, 500 MB, and 20 s for each command"


def search(n_fits: int, out: Path) -> None:
    """Search with the fake fitter, and print what it took."""
    from kerasgrid.api.searching import carry_out, prepare
    from kerasgrid.data.sources import load_dataset
    from kerasgrid.fits.fake import FakeFitter
    from kerasgrid.run.watcher import Silence
    from kerasgrid.space.spec import space_from_dict

    space = space_from_dict(
        {
            "name": "many", "dataset": "digits", "strategy": "random", "trials": n_fits // N_FOLDS, "cv": N_FOLDS,
            "race": False,
            "params": {
                "learning_rate": {"log_uniform": {"low": 1e-5, "high": 1e-1}},
                "dropout": {"uniform": {"low": 0.0, "high": 0.5}},
                "batch_size": [16, 32, 64, 128], "epochs": 3,
            },
        }
    )  # fmt: skip
    prepared = prepare(space, out, load_dataset(name="digits"))
    fitter = FakeFitter(lambda fit: 0.9 - abs(float(str(fit.candidate["learning_rate"])) - 0.003) + 1e-3 * fit.fold)
    started = time.perf_counter()
    outcome = carry_out(prepared, fitter, Silence())
    seconds = time.perf_counter() - started
    assert outcome.run.complete
    n = outcome.run.n_fits_done
    print(f"search, reports included: {n:,} fits in {seconds:.1f} s, {1000 * seconds / n:.2f} ms a fit; {_memory()}")


def _memory() -> str:
    # Kilobytes on Linux.
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB"


def main() -> None:
    """Search, then read the run by the commands that people read it by."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fits", type=int, default=100_000)
    parser.add_argument("--search", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.search is not None:
        search(options.fits, options.search)
        return
    print(WANTED)
    with tempfile.TemporaryDirectory() as name:
        run = Path(name) / "run"
        subprocess.run([sys.executable, __file__, "--fits", str(options.fits), "--search", str(run)], check=True)
        for command in ("show", "report"):
            started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            arguments = [sys.executable, "-m", "kerasgrid", command, str(run)]
            subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            # The greatest of all children so far: it tells of this one if it is greater than before.
            most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            memory = f"{most / 1024:,.0f} MB" if most > before else f"at most {before / 1024:,.0f} MB"
            print(f"{command}: {time.perf_counter() - started:.1f} s; {memory}")


if __name__ == "__main__":
    main()
