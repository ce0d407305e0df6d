"""What is worth compiling, and that it is decided once for a folder."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.fitters import local
from support.made import images

import kerasgrid
from kerasgrid.api.confirming import confirm_run
from kerasgrid.axes.candidate import Candidate
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold, make_folds
from kerasgrid.fits.batches import BatchSizes
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.run.watcher import Silence
from kerasgrid.workers import compiling
from kerasgrid.workers.compiling import Compiling, Earlier, decide
from kerasgrid.workers.local import FitCrew, LocalFitter
from kerasgrid.workers.requests import FitRequest, RefitRequest

SHAPE = {"hidden_units": (5,), "batch_size": 5, "epochs": 3, "learning_rate": 0.01}


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "n_cores", lambda: 2)


# ------------------------------------------------------------------ what is compiled


@pytest.mark.parametrize(
    ("batch_size", "n_train", "n_held_out", "expected"),
    [
        (32, 100, 50, BatchSizes(32, 4, 50, 0)),
        (50, 100, 1_000, BatchSizes(50, 0, 500, 0)),
        (10_000, 100, 1_200, BatchSizes(100, 0, 500, 200)),
        (32, 100, 0, BatchSizes(32, 4, 1, 0)),
    ],
)
def test_batch_sizes(batch_size: int, n_train: int, n_held_out: int, expected: BatchSizes) -> None:
    assert BatchSizes.of({"batch_size": batch_size}, n_train, n_held_out) == expected


def made(n: int, side: int = 8) -> Dataset:
    x = np.zeros((n, side, side), np.float32)
    return Dataset("made", x, np.arange(n) % 10, None, None, "classification", tuple("abcdefghij"), "made")


def search(
    n_candidates: int,
    n: int = 500,
    cv: int | None = None,
    side: int = 8,
    before: Earlier | None = None,
    **params: Any,
) -> Compiling:
    """Return what a random search like the deep one of the field (6 × 100 on 500 digits) decides, or another."""
    dataset = made(n, side)
    folds = make_folds(dataset, cv=cv, validation_split=None if cv else 0.2, seed=0)
    fits = [Fit(candidate(rate, **params), fold) for rate in range(n_candidates) for fold in range(cv or 1)]
    return decide(fits, dataset, folds, before=before)


def candidate(number: int = 0, **params: Any) -> Candidate:
    deep = {"model": "mlp", "hidden_units": (100,) * 6, "optimizer": "SGD", "batch_size": 100, "epochs": 50}
    return Candidate({**deep, "learning_rate": 1e-4 * (number + 1), **params})


DEEP = BatchSizes(100, 0, 100, 0)


@pytest.mark.parametrize(
    ("n_candidates", "params", "sizes"),
    [
        (100, {}, DEEP),
        (20, {}, None),
        # A few long fits, as well as many short ones.
        (3, {"epochs": 2000}, DEEP),
        (500, {"epochs": 10}, DEEP),
        (3, {"epochs": 50}, None),
        # More layers save more a step.
        (70, {}, None),
        (70, {"batch_norm": True}, DEEP),
        (70, {"dropout": 0.5}, DEEP),
        # Matrix products or updates that take nearly all of the time, sorting, and convolutions.
        (1000, {"batch_size": 400, "hidden_units": (200, 200)}, None),
        (1000, {"hidden_units": (300, 300, 300)}, None),
        (1000, {"activation": "sparsemax"}, None),
        (1000, {"hidden_units": (10,), "model": "cnn", "conv_filters": (4,)}, None),
    ],
)
def test_many_or_long_fits_of_small_networks_are_compiled(
    n_candidates: int, params: dict[str, Any], sizes: BatchSizes | None
) -> None:
    found = search(n_candidates, **params)
    assert found.sizes_of(Fit(candidate(**params), 0)) == sizes
    # The refit has 500 samples, five full batches, so that what was compiled for the fits' 400 serves it.
    assert found.sizes_of_refit(candidate(**params)) == sizes


def test_every_worker_compiles_so_more_cores_want_more_work(monkeypatch: pytest.MonkeyPatch) -> None:
    assert search(100).sizes_of(Fit(candidate(), 0)) is not None
    monkeypatch.setattr(compiling, "n_cores", lambda: 16)
    assert search(100).sizes_of(Fit(candidate(), 0)) is None
    assert search(1000).sizes_of(Fit(candidate(), 0)) is not None


def test_only_fits_of_the_same_program_and_batches_share_what_is_compiled() -> None:
    dataset = made(500)
    folds = make_folds(dataset, cv=None, validation_split=0.2, seed=0)
    many = [Fit(candidate(number), 0) for number in range(100)]
    other = [Fit(candidate(activation="tanh"), 0), Fit(candidate(batch_size=50), 0), Fit(candidate(epochs=20), 0)]
    found = decide([*many, *other], dataset, folds)
    assert [found.sizes_of(fit) for fit in other] == [None, None, DEEP]
    # What looks at each epoch stops the traced graph alone.
    for looks in ({"early_stopping": {}}, {"reduce_on_plateau": {}}):
        assert found.sizes_of(Fit(candidate(**looks), 0)) is None
        assert found.sizes_of_refit(candidate(**looks)) is None
    # Of steps, only the traced graph notes the losses.
    assert found.sizes_of(Fit(candidate(), 0, curve_every=5)) is None
    assert decide([Fit(candidate(n), 0, curve_every=5) for n in range(100)], dataset, folds).sizes_of(many[0]) is None


def test_folds_of_other_sizes_are_compiled_apart() -> None:
    # 1,000 in 3 folds: 666 or 667 samples to train on, so the last batch has 66 or 67.
    found = search(200, n=1000, cv=3)
    assert {found.sizes_of(Fit(candidate(), fold)) for fold in range(3)} == {
        BatchSizes(100, 66, 334, 0),
        BatchSizes(100, 67, 333, 0),
    }
    # All 1,000 leave none: nothing is compiled for the refit alone.
    assert found.sizes_of_refit(candidate()) is None
    # In batches of 111 both leave one sample or none, and all of them one: of the refit's kind there are fits.
    found = search(200, n=1000, cv=3, batch_size=111)
    assert found.sizes_of_refit(candidate(batch_size=111)) == BatchSizes(111, 1, 333, 0)


def test_a_structure_is_compiled_for_the_batch_sizes_that_save_most() -> None:
    dataset = made(500)
    folds = make_folds(dataset, cv=None, validation_split=0.2, seed=0)
    sizes = [10, 20, 25, 40, 50, 80, 100, 200]
    fits = [Fit(candidate(number, batch_size=size), 0) for size in sizes for number in range(400)]
    found = decide(fits, dataset, folds)
    assert [size for size in sizes if found.sizes_of(Fit(candidate(batch_size=size), 0))] == sizes[:6]


def test_without_a_plan_nothing_is_compiled() -> None:
    assert decide((), images(), ()).sizes_of(Fit(candidate(), 0)) is None
    assert decide((), images(), ()).sizes_of_refit(candidate()) is None


def test_what_was_decided_stays() -> None:
    kinds = search(100).keys
    assert len(kinds) == 1
    fit = Fit(candidate(), 0)
    # Grown: what was traced stays traced, and what was compiled stays compiled, whatever would pay.
    for n_candidates, known, finished, sizes in (
        (100, (), [fit], None),
        (100, kinds, [fit], DEEP),
        (20, kinds, [fit], DEEP),
        # It was killed before a fit was done.
        (20, kinds, [], None),
        (100, (), [Fit(candidate(activation="tanh"), 0)], DEEP),
    ):
        found = search(n_candidates, before=Earlier(known, finished))
        assert found.keys == (kinds if sizes else ())
        assert found.sizes_of(fit) == found.sizes_of_refit(candidate()) == sizes
    # What another search in the folder compiled is not forgotten.
    tanh = search(100, activation="tanh").keys
    assert search(100, activation="tanh", before=Earlier(kinds, [])).keys == tuple(sorted([*kinds, *tanh]))


def test_a_decision_does_not_change() -> None:
    with pytest.raises(AttributeError):
        search(1).keys = ()  # type: ignore[misc]


@pytest.fixture
def all_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "_SAVED_PER_PART_AND_STEP", 1.0)


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[FitRequest | RefitRequest]:
    """Return the requests that workers are given, as they are given."""
    given: list[FitRequest | RefitRequest] = []
    send, ask = FitCrew._send, FitCrew._ask

    def noted_send(self: FitCrew, worker: Any, request: FitRequest) -> None:
        given.append(request)
        send(self, worker, request)

    def noted_ask(self: FitCrew, request: RefitRequest, program: Any) -> Any:
        given.append(request)
        assert any(program in worker.programs for worker in self._workers) or not self._workers
        return ask(self, request, program)

    monkeypatch.setattr(FitCrew, "_send", noted_send)
    monkeypatch.setattr(FitCrew, "_ask", noted_ask)
    return given


@pytest.mark.usefixtures("all_pays")
def test_numbers_do_not_depend_on_the_workers_nor_on_what_is_left(
    tmp_path: Path, requests: list[FitRequest | RefitRequest]
) -> None:
    dataset = images(60)
    folds: tuple[Fold, ...] = make_folds(dataset, cv=2, validation_split=None, seed=0)
    candidates = [Candidate({"model": "mlp", **SHAPE, "learning_rate": rate}) for rate in (0.01, 0.02, 0.03)]
    fits = [Fit(candidate, fold) for candidate in candidates for fold in range(2)]

    def trained(n_workers: int, asked: list[Fit]) -> tuple[dict[Fit, FitResult], bytes]:
        model = tmp_path / f"{n_workers}-{len(asked)}.keras"
        with local(dataset, folds, n_workers, compiled=decide(fits, dataset, folds)) as fitter:
            results = {result.fit: result for result in fitter.train(asked)}
            final = fitter.refit(candidates[1], 0, model)
        assert final.status == "ok"
        return results, final.curve

    whole, curve = trained(1, fits)
    assert {result.status for result in whole.values()} == {"ok"}
    for n_workers, asked in ((2, list(reversed(fits))), (1, fits[3:]), (1, [])):
        some, again = trained(n_workers, asked)
        assert {fit: result.curve for fit, result in some.items()} == {fit: whole[fit].curve for fit in asked}
        assert again == curve
    assert len(requests) == 6 + 1 + 6 + 1 + 3 + 1 + 1
    assert {request.compiled_for for request in requests} == {BatchSizes(5, 0, 30, 0)}
    # Compiled, they differ from what is traced, by rounding alone.
    requests.clear()
    with local(dataset, folds, 1) as fitter:
        (traced,) = fitter.train(fits[:1])
    assert [request.compiled_for for request in requests] == [None]
    np.testing.assert_allclose(traced.curve["loss"], whole[fits[0]].curve["loss"], rtol=1e-5)


def test_a_search_compiles_and_what_it_did_stays_when_it_is_grown_and_confirmed(
    tmp_path: Path, requests: list[FitRequest | RefitRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def search(trials: int) -> None:
        space = {
            "name": "small", "dataset": {"name": "digits", "train_size": 50}, "strategy": "random", "trials": trials,
            "cv": 2, "params": {"hidden_units": [[4]], "epochs": 2, "batch_size": 25,
                                "learning_rate": {"log_uniform": {"low": 0.01, "high": 0.1}}},
        }  # fmt: skip
        kerasgrid.search(space, out=tmp_path / "run", jobs=1, progress=False)

    def compiled() -> list[bool]:
        found = [request.compiled_for is not None for request in requests]
        requests.clear()
        return found

    search(2)
    assert compiled() == [False] * 5
    monkeypatch.setattr(compiling, "_SAVED_PER_PART_AND_STEP", 1.0)
    search(3)
    assert not any(compiled())
    confirm_run(str(tmp_path / "run"), lambda: LocalFitter(1), Silence(), top=1, repeats=1)
    assert compiled()[:2] == [False, False]
    shutil.rmtree(tmp_path / "run")
    search(2)
    # The refit's 50 samples are two batches of 25, a fit's 25 are one: both without a rest.
    assert compiled() == [True] * 5
    monkeypatch.setattr(compiling, "_SAVED_PER_PART_AND_STEP", 0.0)
    search(3)
    found = compiled()
    assert found[:2] == [True, True]
    assert all(found)
    confirm_run(str(tmp_path / "run"), lambda: LocalFitter(1), Silence(), top=1, repeats=1)
    assert compiled()[:2] == [True, True]
