"""One more of each kind is one row: toys from a module of their own go through whole searches."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import kerasgrid
from kerasgrid.fits.fit import Fit
from kerasgrid.sockets import (
    COLUMNS,
    EXPORTS,
    FITTERS,
    RACES,
    REPORTS,
    SOURCES,
    STRATEGIES,
    FakeFitter,
    FitterKind,
)

# The toys add rows for good, which no other test must see: another process has them.
TOYS = """
    import json, sys
    from pathlib import Path
    import kerasgrid
    from kerasgrid.sockets import *
    import pytest
    from support import drawings, toys

    drawings.draw_nothing(pytest.MonkeyPatch())
    folder = Path(sys.argv[1])

    def score(fit):
        rate = float(str(fit.candidate.get("learning_rate", 0.001)))
        return 1.0 - abs(rate - 0.004) - 0.001 * fit.fold
"""


def told_by(code: str, folder: Path) -> dict[str, object]:
    """Return what this program prints last, as JSON; it knows the toys."""
    program = textwrap.dedent(TOYS) + textwrap.dedent(code)
    tests = str(Path(__file__).parent)
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {tests!r})\n{program}", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=120)
    assert done.returncode == 0, done.stderr
    told: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_a_metric_a_family_and_a_hyperparameter_are_trained_by_worker_processes(tmp_path: Path) -> None:
    code = """
        space = {
            "name": "toy", "dataset": {"name": "digits", "train_size": 90}, "model": "shifted", "cv": 2,
            "metric": "top_2", "baselines": ["naive_bayes"],
            "params": {"shift": [0.0, 5.0], "learning_rate": 0.01, "epochs": 2},
        }
        run = kerasgrid.search(space, out=folder / "run", jobs=1, progress=False)
        again = kerasgrid.search(space, out=folder / "run", progress=False, fitter=FakeFitter(None))
        print(json.dumps({
            "metric": run.metric, "scores": [trial.mean for trial in run.trials], "test": sorted(run.final.test),
            "shifts": sorted(trial.candidate["shift"] for trial in run.trials), "model": run.best.candidate["model"],
            "curves": sorted(run.results[0].curve), "same": again.trials == run.trials,
            "baselines": [[one.label, one.mean] for one in run.baselines],
        }))
    """
    told = told_by(code, tmp_path)
    assert told["metric"] == "top_2"
    assert all(0.1 < score <= 1.0 for score in told["scores"])  # type: ignore[attr-defined]
    assert told["shifts"] == [0.0, 5.0]
    assert told["model"] == "shifted"
    assert told["curves"] == ["accuracy", "loss", "top_2", "val_accuracy", "val_loss", "val_top_2"]
    assert told["test"] == ["accuracy", "loss", "top_2"]
    assert told["same"] is True
    ((label, score),) = told["baselines"]  # type: ignore[attr-defined]
    assert label == "naive Bayes"
    assert 0.7 < score <= 1.0


def test_a_strategy_a_race_a_source_files_columns_and_a_fitter_make_a_search(tmp_path: Path) -> None:
    code = """
        STRATEGIES.add(toys.Halving); RACES.add(toys.FirstFold()); SOURCES.add(toys.BLOBS)
        REPORTS.add(toys.NAMES); COLUMNS.add(toys.N_FITS); EXPORTS.add(toys.COUNT)
        fitter = toys.CountingFitter(FakeFitter(score))
        space = {
            "name": "toy", "dataset": "blobs", "strategy": "halving_rate", "steps": 3, "race": "first_fold", "cv": 3,
            "params": {"learning_rate": 0.001, "epochs": 2},
        }
        run = kerasgrid.search(space, out=folder / "run", progress=False, fitter=fitter)
        from kerasgrid.api.opening import export_run
        path, _ = export_run(str(folder / "run"), "count", None)
        print(json.dumps({
            "rates": sorted(trial.candidate["learning_rate"] for trial in run.trials), "n_fits": fitter.n_fits,
            "rounds": sorted({trial.round for trial in run.trials}), "best": run.best.candidate["learning_rate"],
            "names": (folder / "run" / "names.txt").read_text().split() == [t.candidate.id for t in run.trials],
            "column": sorted(run.to_frame()["n_fits"]), "count": json.loads(path.read_text()),
            "complete": run.complete, "space": json.loads((folder / "run" / "space.json").read_text()),
            "data": run.dataset["name"], "link": "names" in (folder / "run" / "report.html").read_text(),
        }))
    """
    told = told_by(code, tmp_path)
    assert told["rates"] == [0.0005, 0.001, 0.002, 0.004, 0.008]
    assert told["best"] == 0.004
    assert told["rounds"] == [1, 2, 3, 4]
    # Five candidates on the first fold each, and the best three of each time on the other two.
    assert told["column"] == [1, 3, 3, 3, 3]
    assert told["n_fits"] == sum(told["column"])  # type: ignore[arg-type]
    assert told["complete"] is True
    assert told["count"] == {"trials": 5}
    assert told["names"] is True
    assert {"steps": 3, "race": "first_fold"}.items() <= told["space"].items()  # type: ignore[attr-defined]
    assert told["data"] == "blobs"


def test_a_kind_of_fitters_makes_what_trains(tmp_path: Path) -> None:
    made: list[FakeFitter] = []

    def make(n_workers: int | None) -> FakeFitter:
        made.append(FakeFitter(score))
        return made[-1]

    def score(fit: Fit) -> float:
        return 0.5

    space = {"name": "tiny", "dataset": "digits", "cv": 2, "params": {"learning_rate": [0.1, 0.2]}}
    with FITTERS.with_row(FitterKind("fake", "by a formula", make)):
        run = kerasgrid.search(space, out=tmp_path, fitter=FITTERS["fake"].make(1), progress=False)
    assert len(made[0].trained) == 4
    assert made[0].work is not None
    assert len(made[0].work.dataset.x_train) == 1437
    assert run.complete


@pytest.mark.parametrize(
    "table", [COLUMNS, EXPORTS, FITTERS, RACES, REPORTS, SOURCES, STRATEGIES], ids=lambda t: t.kind
)
def test_a_name_is_taken_once(table) -> None:  # type: ignore[no-untyped-def]
    row = next(iter(table.values()))
    with pytest.raises(ValueError, match=f"^there is a {table.kind} of this name: {row.name}$"):
        table.add(row)
