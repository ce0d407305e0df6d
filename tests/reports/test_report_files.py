"""best_params.json, results.csv, and how files are written."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from kerasgrid_docs import filled
from support.plans import space
from support.trials import FMNIST, all_fits, diverged, failed, final_result, fit_result, grid, made_run, trials_of

from kerasgrid.axes.candidate import Candidate
from kerasgrid.errors import RunError
from kerasgrid.fits.fold_models import FOLDER as FOLD_MODELS
from kerasgrid.fits.states import FOLDER as STATES
from kerasgrid.reports import folder
from kerasgrid.reports.files import REPORTS
from kerasgrid.reports.tables.best_params import best_params
from kerasgrid.reports.tables.results_csv import results_csv
from kerasgrid.reports.write import write_reports
from kerasgrid.run.database import FILE, MODEL_FILE
from kerasgrid.run.store import Store
from kerasgrid.system.files import write_json, write_text
from kerasgrid.system.versions import installed_versions

FILES = ["best_params.json", "confusion.png", "effects.png", "report.html", "results.csv", "summary.md"]
CANDIDATES = grid(FMNIST)
TRIALS = trials_of(CANDIDATES, all_fits(CANDIDATES))


def test_best_params() -> None:
    content = best_params(made_run(TRIALS, final_result()))
    assert content is not None
    assert list(content) == [
        "name", "params", "model", "metric", "mean", "standard_error", "std", "scores", "folds", "repeats",
        "confirmed", "gain", "tie_set", "ensemble", "baselines", "n_candidates", "n_fits", "status", "test", "classes",
        "targets", "inputs", "columns", "left_out", "final_training", "dataset", "seed", "device", "versions",
        "created",
    ]  # fmt: skip
    assert content["params"] == {**TRIALS[0].candidate, "hidden_units": [128]}
    assert content["model"] == "mlp"
    assert content["mean"] == max(trial.mean for trial in TRIALS if trial.mean is not None)
    assert len(content["scores"]) == 3
    assert content["status"] == "complete"
    assert content["test"] == {
        "loss": 0.31,
        "accuracy": 0.8842,
        "confusion_matrix": [[90, 10], [5, 95]],
        "classes": ["top", "bag"],
    }
    assert content["final_training"] == {"status": "ok", "error": None, "seconds": 12.5, "loss": 0.25, "accuracy": 0.91}
    assert content["dataset"]["input_shape"] == [28, 28]
    assert content["versions"]["keras"] == "3.15.1"
    assert json.loads(json.dumps(content, allow_nan=False)) == content


def test_partial_run_says_so() -> None:
    content = best_params(made_run(TRIALS, n_fits_done=431))
    assert content is not None
    assert content["status"] == "partial"
    assert content["n_fits"] == {"asked": 432, "done": 431}
    assert content["test"] is None
    assert content["final_training"] is None


def test_what_is_not_finite_is_null() -> None:
    final = final_result(status="diverged", curve={"loss": [1.0, math.nan]}, test=None, confusion_matrix=None)
    content = best_params(made_run(TRIALS, final))
    assert content is not None
    assert content["final_training"]["loss"] is None
    assert content["final_training"]["status"] == "diverged"


def test_no_winner_without_a_score() -> None:
    assert best_params(made_run(trials_of(CANDIDATES[:1], [diverged(CANDIDATES[0], 0)]))) is None


def test_installed_versions_import_nothing() -> None:
    code = (
        "import sys; from kerasgrid.system.versions import installed_versions; installed_versions();"
        "sys.exit(any(name in sys.modules for name in ('keras', 'tensorflow', 'numpy', 'sklearn')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert {"python", "numpy", "keras"} <= set(installed_versions())


def test_results_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(results_csv(made_run(TRIALS)))))
    assert len(rows) == 144
    assert [int(row["rank_test_score"]) for row in rows] == list(range(1, 145))
    assert rows[0]["param_hidden_units"] == "[128]"
    assert json.loads(rows[0]["params"])["hidden_units"] == [128]
    assert float(rows[0]["mean_test_score"]) == pytest.approx(TRIALS[0].mean)
    assert float(rows[0]["split2_test_score"]) == TRIALS[0].scores[2]


def test_results_csv_keeps_strange_texts() -> None:
    candidate = Candidate({"note": 'a,"b"\nc', "model": "한국어"})
    rows = list(csv.DictReader(io.StringIO(results_csv(made_run(trials_of([candidate], []))))))
    assert (rows[0]["param_note"], rows[0]["param_model"]) == ('a,"b"\nc', "한국어")
    assert rows[0]["mean_test_score"] == ""
    assert rows[0]["status"] == "incomplete"


def test_write_reports(tmp_path: Path) -> None:
    paths = write_reports(made_run(TRIALS, final_result(), folder=tmp_path))
    assert paths.best_params == tmp_path / "best_params.json"
    assert json.loads(paths.best_params.read_text(encoding="utf-8"))["name"] == "fmnist"
    # Without the results of the fits there are no learning curves.
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write_reports(made_run(TRIALS, final_result(), folder=tmp_path))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_space_and_model_are_named_if_they_are_there(tmp_path: Path) -> None:
    paths = write_reports(made_run(TRIALS, final_result(), folder=tmp_path))
    assert (paths.path("space.json"), paths.model) == (None, None)
    (tmp_path / "model.keras").touch()
    asked = space(description="é")
    paths = write_reports(made_run(TRIALS, final_result(), folder=tmp_path, space=asked))
    assert (paths.path("space.json"), paths.model) == (tmp_path / "space.json", tmp_path / "model.keras")
    assert (tmp_path / "space.json").read_text(encoding="utf-8") == asked.to_json()
    assert write_reports(made_run(TRIALS, final_result(status="failed"), folder=tmp_path)).model is None


def test_stale_files_are_removed(tmp_path: Path) -> None:
    (tmp_path / "best_params.json").write_text("{}")
    (tmp_path / "effects.png").touch()
    trials = trials_of(CANDIDATES[:2], [failed(candidate, 0) for candidate in CANDIDATES[:2]])
    paths = write_reports(made_run(trials, folder=tmp_path))
    assert paths.best_params is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "results.csv", "summary.md"]


def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_text(tmp_path / "a.txt", "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunError, match=r"a\.txt: the file cannot be written, got no space left on device \(make ") as e:
        write_text(tmp_path / "a.txt", "new")
    assert e.value.exit_code == 1
    assert (tmp_path / "a.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "best_params.json").mkdir()
    with pytest.raises(RunError, match=r"best_params\.json: the file cannot be written, got is a directory"):
        write_reports(made_run(TRIALS, folder=tmp_path))
    trials = trials_of(CANDIDATES[:1], [])
    with pytest.raises(RunError, match=r"best_params\.json: the old file cannot be removed, got is a directory"):
        write_reports(made_run(trials, folder=tmp_path))


def test_json_is_strict(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"x": math.nan})
    write_json(tmp_path / "a.json", {"x": "한국어"})
    assert "한국어" in (tmp_path / "a.json").read_text(encoding="utf-8")


def test_new_files_follow_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        write_text(tmp_path / "a.txt", "x")
    finally:
        os.umask(old)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o644


def test_regression_has_no_confusion_matrix() -> None:
    trials = trials_of(CANDIDATES[:1], [fit_result(CANDIDATES[0], fold, 0.5) for fold in range(3)])
    content = best_params(made_run(trials, final_result(test={"mse": 0.25}, confusion_matrix=None)))
    assert content is not None
    assert content["test"] == {"mse": 0.25}


def test_a_run_takes_no_files_for_its_own(tmp_path: Path) -> None:
    folder.check_folder(tmp_path / "not there")
    folder.check_folder(tmp_path)
    (tmp_path / "my_model.keras").write_text("mine")
    folder.check_folder(tmp_path)
    (tmp_path / "model.keras").write_text("mine")
    (tmp_path / "results.csv").symlink_to("nowhere")
    message = (
        f"{tmp_path}: the folder has no run but files whose names a run would take, got results.csv, model.keras "
        "(choose another folder with --out, or move them away)"
    )
    with pytest.raises(RunError, match=f"^{re.escape(message)}$"):
        folder.check_folder(tmp_path)
    Store.create_or_open(tmp_path).close()
    folder.check_folder(tmp_path)
    (tmp_path / "curves.png").mkdir()
    with pytest.raises(RunError, match=r"/curves\.png: must be a file, got a folder \(move it away\)$"):
        folder.check_folder(tmp_path)


def test_the_reference_names_every_file() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "results.md"
    if not page.exists():
        pytest.skip("there is no documentation here")
    rows = filled(page.read_text(encoding="utf-8")).splitlines()
    for name, row in REPORTS.items():
        assert f"| `{name}` | {row.caption} | {row.about} |" in rows
    # What a run's folder holds beside the reports.
    for name in (FILE, MODEL_FILE, STATES, FOLD_MODELS):
        assert any(line.startswith(f"| `{name}` | ") for line in rows)
