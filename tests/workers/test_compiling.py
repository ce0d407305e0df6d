"""What is worth compiling, and that what XLA compiled trains what the traced graph trains."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from support.made import images, numbers

from kerasgrid.api.commands import confirm_run, run_search
from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.names import OPTIMIZERS
from kerasgrid.axes.parameters import resolve
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold, make_folds
from kerasgrid.fits.batches import BatchSizes
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.space.spec import space_from_dict
from kerasgrid.system.quiet import quiet_stderr
from kerasgrid.workers import compiling
from kerasgrid.workers.compiling import Compiling
from kerasgrid.workers.local import LocalPool
from kerasgrid.workers.worker import Refit, Training

with quiet_stderr():
    import tensorflow as tf

    from kerasgrid.engine.lane import Lane, Outcome, Seeds
    from kerasgrid.engine.program import Program
    from kerasgrid.engine.resident import ResidentData

INDEX = np.arange(24, dtype=np.int32)
TRAIN, HELD_OUT = INDEX[:16], INDEX[16:]
SHAPE = {"hidden_units": (5,), "batch_size": 5, "epochs": 3, "learning_rate": 0.01}


@pytest.fixture(scope="module")
def data() -> ResidentData:
    with quiet_stderr():
        return ResidentData(images())


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


def search(n_candidates: int, n: int = 500, cv: int | None = None, side: int = 8, **params: Any) -> Compiling:
    """Return what a random search like the deep one of the field (6 × 100 on 500 digits) decides, or another."""
    dataset = made(n, side)
    folds = make_folds(dataset, cv=cv, validation_split=None if cv else 0.2, seed=0)
    fits = [Fit(candidate(rate, **params), fold) for rate in range(n_candidates) for fold in range(cv or 1)]
    return Compiling(fits, dataset, folds)


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
    found = Compiling([*many, *other], dataset, folds)
    assert [found.sizes_of(fit) for fit in other] == [None, None, DEEP]
    # Of steps, only the traced graph notes the losses.
    assert found.sizes_of(Fit(candidate(), 0, curve_every=5)) is None
    assert (
        Compiling([Fit(candidate(n), 0, curve_every=5) for n in range(100)], dataset, folds).sizes_of(many[0]) is None
    )


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
    found = Compiling(fits, dataset, folds)
    assert [size for size in sizes if found.sizes_of(Fit(candidate(batch_size=size), 0))] == sizes[:6]


def test_without_a_plan_nothing_is_compiled() -> None:
    assert Compiling((), images(), ()).sizes_of(Fit(candidate(), 0)) is None
    assert Compiling((), images(), ()).sizes_of_refit(candidate()) is None


def test_what_was_decided_stays() -> None:
    kinds = search(100).settle([], [])
    assert len(kinds) == 1
    fit = Fit(candidate(), 0)
    # Grown: what was traced stays traced, and what was compiled stays compiled, whatever would pay.
    for n_candidates, known, finished, sizes in (
        (100, [], [fit], None),
        (100, kinds, [fit], DEEP),
        (20, kinds, [fit], DEEP),
        # It was killed before a fit was done.
        (20, kinds, [], None),
        (100, [], [Fit(candidate(activation="tanh"), 0)], DEEP),
    ):
        found = search(n_candidates)
        assert found.settle(known, finished) == (kinds if sizes else [])
        assert found.sizes_of(fit) == found.sizes_of_refit(candidate()) == sizes
    # What another search in the folder compiled is not forgotten.
    assert search(100, activation="tanh").settle(kinds, []) == sorted(
        [*kinds, *search(100, activation="tanh").settle([], [])]
    )


# ------------------------------------------------------------------ what it trains


def lane(params: dict[str, Any], data: ResidentData, seed: int = 0, *, compiled: bool, n_train: int = 16) -> Lane:
    resolved = resolve({**SHAPE, **params}, data.task)
    sizes = BatchSizes.of(resolved, n_train, len(HELD_OUT)) if compiled else None
    return Lane(resolved, INDEX[:n_train], HELD_OUT, Seeds.of(seed, 0, 0), compiled_for=sizes)


def train(params: dict[str, Any], data: ResidentData, *, compiled: bool) -> Outcome:
    only = lane(params, data, compiled=compiled)
    with quiet_stderr():
        program = Program(only.params, data)
        (outcome,) = program.run([only], data, keep_weights=True)
    if compiled:
        assert list(program._epochs._compiled.values()) != [None], "XLA did not compile it"
    return outcome


def assert_close(ours: Outcome, theirs: Outcome) -> None:
    assert ours.status == theirs.status == "ok"
    assert ours.curve.keys() == theirs.curve.keys()
    for name, values in theirs.curve.items():
        np.testing.assert_allclose(ours.curve[name], values, atol=1e-5, rtol=1e-5, err_msg=name)
    for one, other in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


# Batches of 5: three full ones and a rest of one sample.
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_compiled_trains_as_traced(optimizer: str, data: ResidentData) -> None:
    params = {"optimizer": optimizer, "dropout": 0.2, "l2": 0.01}
    assert_close(train(params, data, compiled=True), train(params, data, compiled=False))


@pytest.mark.parametrize(
    "params",
    [
        # Not Adam: it makes much of gradients that batch norm leaves to rounding.
        {"optimizer": "SGD", "batch_norm": True, "input_batch_norm": True, "input_dropout": 0.3, "batch_size": 6},
        {"optimizer": "SGD", "weight_decay": 0.1, "kernel_initializer": "he_normal"},
        {"loss": "categorical_crossentropy", "activation": "silu"},
        {"loss": "mean_squared_error", "activation": "sparsemax"},
        {"batch_size": 1000, "hidden_units": ()},
        {"batch_size": 4, "epochs": 70},
    ],
    ids=str,
)
def test_every_part_compiled_trains_as_traced(params: dict[str, Any], data: ResidentData) -> None:
    assert_close(train(params, data, compiled=True), train(params, data, compiled=False))


def test_a_regression_compiled_trains_as_traced() -> None:
    with quiet_stderr():
        regression = ResidentData(numbers())
    compiled = train({}, regression, compiled=True)
    assert sorted(compiled.curve) == ["loss", "mae", "mse", "r2", "val_loss", "val_mae", "val_mse", "val_r2"]
    assert_close(compiled, train({}, regression, compiled=False))


def test_nothing_of_a_fit_remains_in_what_was_compiled(data: ResidentData) -> None:
    params = {"optimizer": "Adam", "dropout": 0.2}
    wild = {**params, "learning_rate": 1e30, "dropout": 0.6, "hidden_units": (5,), "epochs": 9}
    lanes = [
        lane(params, data, compiled=True),
        lane(wild, data, seed=7, compiled=True),
        lane(params, data, compiled=False),
        lane(params, data, compiled=True),
    ]
    with quiet_stderr():
        first, second, traced, again = Program(lanes[0].params, data).run(lanes, data, keep_weights=True)
    assert second.status == "diverged"
    assert 1 <= len(second.curve["loss"]) < 9
    assert first.curve == again.curve
    for one, other in zip(first.weights, again.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    assert_close(first, traced)


def test_all_training_data_use_what_was_compiled_for_a_share(data: ResidentData) -> None:
    # 20 samples instead of 15, in batches of 5, and nothing held out.
    share = lane({}, data, compiled=True, n_train=15)
    everything = Lane(share.params, INDEX[:20], INDEX[:0], share.seeds, compiled_for=share.compiled_for)
    traced = Lane(share.params, INDEX[:20], INDEX[:0], share.seeds)
    with quiet_stderr():
        program = Program(share.params, data)
        _, ours, theirs = program.run([share, everything, traced], data, keep_weights=True)
    assert len(program._epochs._compiled) == 1
    assert sorted(ours.curve) == ["accuracy", "loss"]
    assert_close(ours, theirs)


def test_what_xla_cannot_compile_is_traced(data: ResidentData, monkeypatch: pytest.MonkeyPatch) -> None:
    function, asked = tf.function, []

    def without_xla(graph: Any, *, jit_compile: bool = False, **options: Any) -> Any:
        asked.append(jit_compile)
        if not jit_compile:
            return function(graph, **options)

        def fail(*args: Any) -> None:
            raise tf.errors.UnimplementedError(None, None, "not here")

        return fail

    monkeypatch.setattr(tf, "function", without_xla)
    two = [lane({}, data, compiled=True)] * 2
    with quiet_stderr():
        ours = list(Program(two[0].params, data).run(two, data, keep_weights=True))
    assert asked.count(True) == 1, "tried once, not for every fit"
    assert_close(ours[0], ours[1])


def test_a_program_is_compiled_once_for_all_fits(tmp_path: Path) -> None:
    """XLA compiles anew for other values of what it takes for a constant, which would cost every fit a second."""
    code = """
        import sys
        sys.path[:0] = {tests!r}
        from test_compiling import *

        data = ResidentData(images())
        params = {{"dropout": 0.2, "input_dropout": 0.1, "l2": 0.01, "weight_decay": 0.1, "batch_norm": True}}
        lanes = [
            lane({{**params, "learning_rate": 0.1 * (n + 1), "dropout": 0.1 * (n + 1), "epochs": n + 1}}, data,
                 seed=n, compiled=True, n_train=n_train)
            for n, n_train in enumerate([16, 16, 11, 6])
        ]
        list(Program(lanes[0].params, data).run(lanes, data))
    """
    text = textwrap.dedent(code).format(tests=[str(Path(__file__).parent), str(Path(__file__).parents[1])])
    environment = {"XLA_FLAGS": f"--xla_dump_to={tmp_path} --xla_dump_hlo_as_text"}
    subprocess.run([sys.executable, "-c", text], check=True, capture_output=True, env={**os.environ, **environment})
    compiled = {path.name.split(".")[0] for path in tmp_path.glob("*XlaMustCompile*before_optimizations.txt")}
    assert len(compiled) == 1


# ------------------------------------------------------------------ in the pool


@pytest.fixture
def all_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "_SAVED_A_PART_AND_STEP", 1.0)


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> list[Training | Refit]:
    """Return the orders that workers are given, as they are given."""
    given: list[Training | Refit] = []
    send, ask = LocalPool._send, LocalPool._ask

    def noted_send(self: LocalPool, worker: Any, order: Training) -> None:
        given.append(order)
        send(self, worker, order)

    def noted_ask(self: LocalPool, order: Refit, program: Any) -> Any:
        given.append(order)
        assert any(program in worker.programs for worker in self._workers) or not self._workers
        return ask(self, order, program)

    monkeypatch.setattr(LocalPool, "_send", noted_send)
    monkeypatch.setattr(LocalPool, "_ask", noted_ask)
    return given


@pytest.mark.usefixtures("all_pays")
def test_numbers_do_not_depend_on_the_workers_nor_on_what_is_left(
    tmp_path: Path, orders: list[Training | Refit]
) -> None:
    dataset = images(60)
    folds: tuple[Fold, ...] = make_folds(dataset, cv=2, validation_split=None, seed=0)
    candidates = [Candidate({"model": "mlp", **SHAPE, "learning_rate": rate}) for rate in (0.01, 0.02, 0.03)]
    fits = [Fit(candidate, fold) for candidate in candidates for fold in range(2)]

    def trained(n_workers: int, asked: list[Fit]) -> tuple[dict[Fit, FitResult], bytes]:
        model = tmp_path / f"{n_workers}-{len(asked)}.keras"
        with LocalPool(dataset, folds, n_workers, compiling=Compiling(fits, dataset, folds)) as pool:
            results = {result.fit: result for result in pool.train(asked)}
            final = pool.refit(candidates[1], 0, model)
        assert final.status == "ok"
        return results, final.curve

    whole, curve = trained(1, fits)
    assert {result.status for result in whole.values()} == {"ok"}
    for n_workers, asked in ((2, list(reversed(fits))), (1, fits[3:]), (1, [])):
        some, again = trained(n_workers, asked)
        assert {fit: result.curve for fit, result in some.items()} == {fit: whole[fit].curve for fit in asked}
        assert again == curve
    assert len(orders) == 6 + 1 + 6 + 1 + 3 + 1 + 1
    assert {order.compiled_for for order in orders} == {BatchSizes(5, 0, 30, 0)}
    # Compiled, they differ from what is traced, by rounding alone.
    orders.clear()
    with LocalPool(dataset, folds, 1) as pool:
        (traced,) = pool.train(fits[:1])
    assert [order.compiled_for for order in orders] == [None]
    np.testing.assert_allclose(traced.curve["loss"], whole[fits[0]].curve["loss"], rtol=1e-5)


def test_a_search_compiles_and_what_it_did_stays_when_it_is_grown_and_confirmed(
    tmp_path: Path, orders: list[Training | Refit], monkeypatch: pytest.MonkeyPatch
) -> None:
    def search(trials: int) -> None:
        space = {
            "name": "small", "dataset": {"name": "digits", "train_size": 50}, "strategy": "random", "trials": trials,
            "cv": 2, "params": {"hidden_units": [[4]], "epochs": 2, "batch_size": 25,
                                "learning_rate": {"log_uniform": {"low": 0.01, "high": 0.1}}},
        }  # fmt: skip
        run_search(space_from_dict(space, where="made"), tmp_path / "run", Console(quiet=True), jobs=1)

    def compiled() -> list[bool]:
        found = [order.compiled_for is not None for order in orders]
        orders.clear()
        return found

    search(2)
    assert compiled() == [False] * 5
    monkeypatch.setattr(compiling, "_SAVED_A_PART_AND_STEP", 1.0)
    search(3)
    assert not any(compiled())
    confirm_run(str(tmp_path / "run"), Console(quiet=True), top=1, repeats=1, jobs=1)
    assert compiled()[:2] == [False, False]
    shutil.rmtree(tmp_path / "run")
    search(2)
    # The refit's 50 samples are two batches of 25, a fit's 25 are one: both without a rest.
    assert compiled() == [True] * 5
    monkeypatch.setattr(compiling, "_SAVED_A_PART_AND_STEP", 0.0)
    search(3)
    found = compiled()
    assert found[:2] == [True, True]
    assert all(found)
    confirm_run(str(tmp_path / "run"), Console(quiet=True), top=1, repeats=1, jobs=1)
    assert compiled()[:2] == [True, True]
