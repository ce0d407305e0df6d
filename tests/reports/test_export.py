"""kerasgrid export: what each tool reads of a run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from support.plans import dataset, plan_of, space
from support.searches import searched
from support.trials import made_run, noise, trials_of

from kerasgrid.api import confirming
from kerasgrid.api.opening import open_run
from kerasgrid.errors import FitError, RunError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit
from kerasgrid.reports.export import export as module
from kerasgrid.reports.export.export import EXPORTS, export_beside
from kerasgrid.reports.export.tables import one_type
from kerasgrid.run.making import read_run
from kerasgrid.run.run import Run
from kerasgrid.run.store import Store
from kerasgrid.run.watcher import Silence

EPOCHS = 3
PARAMS = {
    "hidden_units": [[4], [8, 4], []],
    "activation": ["relu", "tanh"],
    "learning_rate": [0.001, 0.01],
    "epochs": EPOCHS,
}


def score(fit: Fit) -> float:
    """The smaller learning rate wins; two candidates diverge and two fail."""
    if fit.candidate["hidden_units"] == (8, 4):
        if fit.candidate["learning_rate"] == 0.01:
            return float("nan")
        if fit.fold == 1:
            raise FitError("out of <memory>")
    return 0.9 - float(str(fit.candidate["learning_rate"])) + 0.01 * noise(fit.candidate.id, fit.fold)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("a run") / "tiny"
    searched(plan_of(space(PARAMS)), place, FakeFitter(score))
    return place


@pytest.fixture(scope="module")
def record(folder: Path) -> Run:
    with Store.open_readonly(folder) as store:
        return read_run(store)


def exported(folder: Path, to: str, out: Path, **options: Any) -> Path:
    path, _ = export_beside(open_run(folder), to, out, **options)
    assert path == out
    return path


def statuses(record: Run) -> list[str]:
    return [trial.status for trial in record.trials]


def test_the_run_has_trials_of_every_kind(record: Run) -> None:
    assert statuses(record) == ["ok"] * 8 + ["diverged"] * 2 + ["failed"] * 2


def check_trials(frame: pd.DataFrame, record: Run) -> None:
    assert list(frame["candidate"]) == [trial.candidate.id for trial in record.trials]
    assert list(frame["status"]) == statuses(record)
    means = [trial.mean for trial in record.trials if trial.mean is not None]
    assert list(frame["mean_test_score"].dropna()) == pytest.approx(means, abs=0)
    assert frame["mean_test_score"].isna().sum() == 4
    assert list(frame["param_learning_rate"]) == [trial.candidate["learning_rate"] for trial in record.trials]
    assert list(frame["n_parameters"])[:8] == [100] * 8


def test_pandas_reads_csv(folder: Path, record: Run, tmp_path: Path) -> None:
    frame = pd.read_csv(exported(folder, "csv", tmp_path / "new" / "a.csv"))
    check_trials(frame, record)
    assert set(frame["param_hidden_units"]) == {"[4]", "[8, 4]", "[]"}


def test_pandas_reads_json(folder: Path, record: Run, tmp_path: Path) -> None:
    path = exported(folder, "json", tmp_path / "a.json")
    check_trials(pd.read_json(path, precise_float=True), record)
    first = json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda text: pytest.fail(text))[0]
    assert first["params"]["hidden_units"] == list(record.trials[0].candidate["hidden_units"])  # type: ignore[arg-type]
    assert first["error"] is None


def test_pandas_reads_parquet(folder: Path, record: Run, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="needs pyarrow")
    frame = pd.read_parquet(exported(folder, "parquet", tmp_path / "a.parquet"))
    check_trials(frame, record)
    assert str(frame["param_learning_rate"].dtype) == "Float64"
    assert set(frame["param_hidden_units"]) == {"[4]", "[8, 4]", "[]"}
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]


@pytest.mark.parametrize("to", ["csv", "json", "parquet"])
def test_a_row_for_each_epoch(folder: Path, record: Run, tmp_path: Path, to: str) -> None:
    if to == "parquet":
        pytest.importorskip("pyarrow", reason="needs pyarrow")
    reader = {"csv": pd.read_csv, "json": pd.read_json, "parquet": pd.read_parquet}[to]
    frame = reader(exported(folder, to, tmp_path / "a", epochs=True))
    # Two fits failed and have no epoch.
    assert len(frame) == (12 * 2 - 2) * EPOCHS
    first = frame[(frame["rank"] == 1) & (frame["fold"] == 1)]
    assert list(first["epoch"]) == [1, 2, 3]
    assert list(first["val_accuracy"])[-1] == pytest.approx(record.trials[0].scores[1], abs=1e-9)


def test_parquet_columns_of_mixed_values_are_text() -> None:
    mixed = one_type(pd.Series([1, "a", None, (2,), True], dtype="object"))
    assert list(mixed) == ["1", "a", None, "[2]", "true"]
    assert str(one_type(pd.Series([True, None], dtype="object")).dtype) == "boolean"
    assert str(one_type(pd.Series([1, None], dtype="object")).dtype) == "Int64"


def test_tensorboard_reads_curves_and_parameters(folder: Path, record: Run, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="needs tensorboard")
    out = exported(folder, "tensorboard", tmp_path / "events")
    exported(folder, "tensorboard", out)  # again, in its place
    code = """
import json, sys, types
from pathlib import Path
# TensorBoard's own switch for reading files itself, without TensorFlow.
sys.modules["tensorboard.compat.notf"] = types.ModuleType("tensorboard.compat.notf")
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata
def load(path):
    found = EventAccumulator(str(path))
    found.Reload()
    return found
root = Path(sys.argv[1])
first = sorted(path for path in root.iterdir() if path.is_dir())[0]
def parsed(found, tag):
    return found.SummaryMetadata(tag).plugin_data.content
config = metadata.parse_experiment_plugin_data(parsed(load(root), metadata.EXPERIMENT_TAG))
start = metadata.parse_session_start_info_plugin_data(parsed(load(first), metadata.SESSION_START_INFO_TAG))
ends = [metadata.parse_session_end_info_plugin_data(parsed(load(path), metadata.SESSION_END_INFO_TAG)).status
        for path in sorted(root.iterdir()) if path.is_dir()]
scalars = load(first / "validation").Scalars("epoch_accuracy")
print(json.dumps({
    "names": [info.name for info in config.hparam_infos],
    "metrics": [[info.name.group, info.name.tag] for info in config.metric_infos],
    "rate": start.hparams["learning_rate"].number_value,
    "units": start.hparams["hidden_units"].string_value,
    "steps": [event.step for event in scalars],
    "last": scalars[-1].value,
    "tags": load(first / "train").Tags()["scalars"],
    "ends": ends,
    "first": first.name,
    "tensorflow": "tensorflow" in sys.modules,
}))
"""
    done = subprocess.run([sys.executable, "-c", code, str(out)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    best = record.trials[0]
    assert found["first"] == f"t001-{best.candidate.id}"
    assert found["names"] == ["activation", "hidden_units", "learning_rate"]
    assert found["metrics"][0] == ["validation", "epoch_accuracy"]
    assert len(found["metrics"]) == 4
    assert found["rate"] == best.candidate["learning_rate"]
    assert found["units"] in ("4", "none")
    assert found["steps"] == [0, 1, 2]
    assert found["last"] == pytest.approx(best.mean, abs=1e-6)
    assert sorted(found["tags"]) == ["epoch_accuracy", "epoch_loss"]
    # 1 is success, 2 is failure.
    assert found["ends"] == [1] * 8 + [2] * 4


def test_optuna_reads_the_study(folder: Path, record: Run, tmp_path: Path) -> None:
    optuna = pytest.importorskip("optuna", reason="needs optuna")
    out = exported(folder, "optuna", tmp_path / "a study.sqlite")
    exported(folder, "optuna", out)  # again, in its place
    assert [path.name for path in tmp_path.iterdir()] == ["a study.sqlite"]
    storage = optuna.storages.RDBStorage(f"sqlite:///{out}")
    try:
        study = optuna.load_study(study_name="tiny", storage=storage)
        trials = study.trials
        best = study.best_trial
    finally:
        storage.remove_session()
        storage.engine.dispose()
    assert study.direction.name == "MAXIMIZE"
    assert [trial.state.name for trial in trials] == ["COMPLETE"] * 8 + ["FAIL"] * 4
    assert best.value == record.trials[0].mean
    assert best.params == {
        "activation": record.trials[0].candidate["activation"],
        "hidden_units": json.dumps(record.trials[0].candidate["hidden_units"]),
        "learning_rate": 0.001,
    }
    assert list(best.intermediate_values) == [1, 2, 3]
    assert best.intermediate_values[3] == best.value
    assert best.distributions["hidden_units"].choices == ("[4]", "[8, 4]", "[]")
    assert trials[-1].user_attrs["error"] == "out of <memory>"


def test_optuna_has_the_distributions_of_the_space() -> None:
    distributions = pytest.importorskip("optuna.distributions", reason="needs optuna")
    from kerasgrid.reports.export.optuna_study import distributions as of

    asked = space(
        {
            "learning_rate": {"log_uniform": {"low": 1e-4, "high": 1e-1}},
            "dropout": {"uniform": {"low": 0.0, "high": 0.5}},
            "batch_size": {"int_log_uniform": {"low": 8, "high": 64}},
            "activation": ["tanh", "relu"],
        },
        strategy="random",
        trials=9,
    )
    plan = plan_of(asked)
    assert of(made_run(trials_of(plan.candidates, []), blocks=plan.space.blocks)) == {
        "learning_rate": distributions.FloatDistribution(1e-4, 1e-1, log=True),
        "dropout": distributions.FloatDistribution(0.0, 0.5),
        "batch_size": distributions.IntDistribution(8, 64, log=True),
        "activation": distributions.CategoricalDistribution(["tanh", "relu"]),
    }


@pytest.mark.parametrize("to", ["parquet", "tensorboard", "optuna"])
def test_a_missing_package_is_named_with_its_extra(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str
) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    message = rf"--to {to}: needs the package {EXPORTS[to].needs} \(pip install 'kerasgrid\[{EXPORTS[to].extra}\]'\)"
    with pytest.raises(RunError, match=message):
        export_beside(open_run(folder), to, tmp_path / "a")


def test_what_cannot_be_exported(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"^--to: must be one of csv, parquet, json, tensorboard, optuna, got xml$"):
        export_beside(open_run(folder), "xml", None)
    with pytest.raises(RunError, match=r"^--epochs: goes with csv, parquet and json only, got --to optuna$"):
        export_beside(open_run(folder), "optuna", None, epochs=True)
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match=r"a\.csv: cannot be written, got (not a directory|file exists)$"):
        export_beside(open_run(folder), "csv", tmp_path / "file" / "a.csv")


def test_default_places(folder: Path) -> None:
    path, opens = export_beside(open_run(folder), "csv", None)
    assert (path, opens) == (folder / "trials.csv", "")
    assert EXPORTS["optuna"].opens.format(path="x/optuna.sqlite") == "optuna-dashboard sqlite:///x/optuna.sqlite"


def optuna_trials(path: Path) -> list[Any]:
    optuna = pytest.importorskip("optuna", reason="needs optuna")
    storage = optuna.storages.RDBStorage(f"sqlite:///{path}")
    try:
        return list(optuna.load_study(study_name="tiny", storage=storage).trials)
    finally:
        storage.remove_session()
        storage.engine.dispose()


def test_all_rounds_are_exported(tmp_path: Path) -> None:
    rate = {"log_uniform": {"low": 1e-3, "high": 1e-1}}
    plan = plan_of(space({"learning_rate": rate, "epochs": EPOCHS}, strategy="random", trials=12, rounds=3))
    searched(plan, tmp_path / "run", FakeFitter(score))
    trials = optuna_trials(exported(tmp_path / "run", "optuna", tmp_path / "study"))
    assert len({trial.params["learning_rate"] for trial in trials}) == 12
    distribution = trials[0].distributions["learning_rate"]
    assert (distribution.low, distribution.high, distribution.log) == (1e-3, 1e-1, True)
    pytest.importorskip("tensorboard", reason="needs tensorboard")
    out = exported(tmp_path / "run", "tensorboard", tmp_path / "events")
    assert len([path for path in out.iterdir() if path.is_dir()]) == 12


def test_a_confirmed_run_is_exported_with_all_its_repeats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirming, "dataset_for", lambda asked, **where: dataset())
    place = tmp_path / "run"
    plan = plan_of(space({"learning_rate": [0.001, 0.01, 0.1], "epochs": EPOCHS}))
    searched(plan, place, FakeFitter(score))
    confirming.confirm_run(str(place), lambda: FakeFitter(score), Silence(), top=2, repeats=2)
    with Store.open_readonly(place) as store:
        run = read_run(store)
    assert [len(trial.scores) for trial in run.trials] == [6, 6, 2]
    best = optuna_trials(exported(place, "optuna", tmp_path / "study"))[0]
    assert best.value == run.trials[0].mean
    assert best.intermediate_values[EPOCHS] == pytest.approx(run.trials[0].mean)
    pytest.importorskip("tensorboard", reason="needs tensorboard")
    out = exported(place, "tensorboard", tmp_path / "events")
    assert (out / f"t001-{run.trials[0].candidate.id}").is_dir()
