"""Searches whose candidates differ in their epochs alone: one training for each, interrupted or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.plans import dataset, space
from support.searches import Impatient

from kerasgrid.api.searching import carry_out, prepare
from kerasgrid.fits.states import FOLDER
from kerasgrid.reports.ahead.illustrator import NoIllustrator
from kerasgrid.run.store import Store
from kerasgrid.run.watcher import Silence
from kerasgrid.workers.local import FitCrew, LocalFitter
from kerasgrid.workers.requests import FitRequest


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Return the epochs of the fits of each training, as workers are given them."""
    return noting(monkeypatch)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[tuple[Any, ...]], dict[str, Any]]:
    """Return the same of a search that was not interrupted, and what is known of each fit then."""
    with pytest.MonkeyPatch.context() as patched:
        given = noting(patched)
        return given, results(tmp_path_factory.mktemp("whole"), [4, 1, 7])


def noting(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    given: list[tuple[Any, ...]] = []
    send = FitCrew._send

    def noted(self: FitCrew, worker: Any, request: FitRequest) -> None:
        given.append(tuple(fit.candidate["epochs"] for fit in request.fits))
        send(self, worker, request)

    monkeypatch.setattr(FitCrew, "_send", noted)
    return given


def results(folder: Path, epochs: Any, n: int | None = None, **more: Any) -> dict[str, Any]:
    """Search, and return what is known of each fit then, by key."""
    # Candidates of one structure: to trace a second one, in each search, would take as long as all that is trained.
    params = {"epochs": epochs, "learning_rate": 0.01, "dropout": [0.1, 0.2]}
    prepared = prepare(space(params, metrics=["f1_macro"], **more), folder, dataset())
    carry_out(prepared, LocalFitter(1), Impatient(n), illustrator=NoIllustrator())
    with Store.open_readonly(folder) as store:
        known = store.everything()
    return {key: (one.status, one.curve, one.n_parameters, one.fit.candidate["epochs"]) for key, one in known.items()}


def test_each_fit_has_its_own_key_and_numbers(
    tmp_path: Path, whole: tuple[list[tuple[Any, ...]], dict[str, Any]]
) -> None:
    trained, found = whole
    assert trained == [(1, 4, 7)] * 4
    alone = {key: one for n in (1, 4, 7) for key, one in results(tmp_path / str(n), n).items()}
    assert found == alone
    assert len(found) == 3 * 4
    assert all(len(curve["val_loss"]) == epochs for _, curve, _, epochs in found.values())


def test_interrupted_it_goes_on_with_what_is_missing(
    tmp_path: Path, whole: tuple[list[tuple[Any, ...]], dict[str, Any]], trainings: list[tuple[Any, ...]]
) -> None:
    part = results(tmp_path / "run", [1, 4, 7], n=2)
    assert sorted(epochs for *_, epochs in part.values()) == [1, 4]
    trainings.clear()
    completed = results(tmp_path / "run", [1, 4, 7])
    assert sorted(trainings) == sorted([(1, 4, 7)] * 3 + [(7,)])
    assert completed == whole[1]
    # More epochs than before, and fewer.
    trainings.clear()
    grown = results(tmp_path / "run", [1, 2, 4, 7, 9])
    assert trainings == [(2, 9)] * 4
    assert {key: grown[key] for key in completed} == completed


def test_where_states_are_kept_more_epochs_go_on_from_there(tmp_path: Path, trainings: list[tuple[Any, ...]]) -> None:
    plain = results(tmp_path / "plain", [3, 8])
    assert not (tmp_path / "plain" / FOLDER).exists()
    kept = results(tmp_path / "kept", 3, keep_states=True)
    files = sorted((tmp_path / "kept" / FOLDER).iterdir())
    assert len(files) == 4
    trainings.clear()
    grown = results(tmp_path / "kept", [3, 8], keep_states="1 MB")
    assert trainings == [(8,)] * 4
    assert {key: grown[key] for key in kept} == kept
    assert grown == plain
    assert {path.stem.rpartition("-")[2] for path in (tmp_path / "kept" / FOLDER).iterdir()} == {"8"}
    # Without room nothing is kept.
    assert results(tmp_path / "small", [3, 8], keep_states="1 kB") == plain
    assert not (tmp_path / "small" / FOLDER).exists()


def test_a_schedule_leaves_nothing_to_go_on_with(tmp_path: Path) -> None:
    falling = {"epochs": 2, "learning_rate": 0.01, "learning_rate_schedule": "cosine"}
    prepared = prepare(space(falling, keep_states=True), tmp_path, dataset())
    carry_out(prepared, LocalFitter(1), Silence(), illustrator=NoIllustrator())
    assert not (tmp_path / FOLDER).exists()
