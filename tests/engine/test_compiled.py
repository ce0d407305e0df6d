"""What XLA compiled trains what the traced graph trains."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.made import images, numbers

from kerasgrid.axes.names import OPTIMIZERS
from kerasgrid.axes.parameters import resolve
from kerasgrid.fits.batches import BatchSizes
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    import tensorflow as tf

    from kerasgrid.engine.program import Program
    from kerasgrid.engine.resident import ResidentData
    from kerasgrid.engine.training import Outcome, Seeds, Training

INDEX = np.arange(24, dtype=np.int32)
TRAIN, HELD_OUT = INDEX[:16], INDEX[16:]
SHAPE = {"hidden_units": (5,), "batch_size": 5, "epochs": 3, "learning_rate": 0.01}


@pytest.fixture(scope="module")
def data() -> ResidentData:
    with quiet_stderr():
        return ResidentData(images())


ADAM = {"optimizer": "Adam", "dropout": 0.2, "l2": 0.01}


@pytest.fixture(scope="module")
def adam(data: ResidentData) -> Program:
    with quiet_stderr():
        return Program(resolve({**SHAPE, **ADAM}, data.task), data)


QUICK = ("Adam", "momentum")
"""Those of the optimizers whose test is no slow one: a kernel each with and without a second slot."""


def training(
    params: dict[str, Any], data: ResidentData, seed: int = 0, *, compiled: bool, n_train: int = 16
) -> Training:
    resolved = resolve({**SHAPE, **params}, data.task)
    sizes = BatchSizes.of(resolved, n_train, len(HELD_OUT)) if compiled else None
    return Training(resolved, INDEX[:n_train], HELD_OUT, Seeds.of(seed, 0, 0), compiled_for=sizes)


def train_both(params: dict[str, Any], data: ResidentData, program: Program | None = None) -> tuple[Outcome, Outcome]:
    """Return what comes of a program when it is compiled, and when it is traced."""
    trainings = [training(params, data, compiled=compiled) for compiled in (True, False)]
    with quiet_stderr():
        program = program or Program(trainings[0].params, data)
        compiled, traced = (program.run(one, data, keep_weights=True) for one in trainings)
    assert [one is not None for one in program._epochs._compiled.values()] == [True], "XLA did not compile it"
    return compiled, traced


def assert_close(ours: Outcome, theirs: Outcome) -> None:
    assert ours.status == theirs.status == "ok"
    assert ours.curve.keys() == theirs.curve.keys()
    for name, values in theirs.curve.items():
        np.testing.assert_allclose(ours.curve[name], values, atol=1e-5, rtol=1e-5, err_msg=name)
    for one, other in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


# Batches of 5: three full ones and a rest of one sample.
@pytest.mark.parametrize(
    "optimizer", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in OPTIMIZERS]
)
def test_every_optimizer_compiled_trains_as_traced(optimizer: str, data: ResidentData, adam: Program) -> None:
    params = {**ADAM, "optimizer": optimizer}
    assert_close(*train_both(params, data, adam if optimizer == "Adam" else None))


@pytest.mark.parametrize(
    "params",
    [
        # Not Adam: it makes much of gradients that batch norm leaves to rounding.
        {"optimizer": "SGD", "batch_norm": True, "input_batch_norm": True, "input_dropout": 0.3, "batch_size": 6},
        {"optimizer": "SGD", "weight_decay": 0.1, "kernel_initializer": "he_normal"},
        {"loss": "categorical_crossentropy", "activation": "silu"},
        pytest.param({"loss": "mean_squared_error", "activation": "sparsemax"}, marks=pytest.mark.slow),
        pytest.param({"batch_size": 1000, "hidden_units": ()}, marks=pytest.mark.slow),
        {"batch_size": 4, "epochs": 70},
    ],
    ids=str,
)
def test_every_part_compiled_trains_as_traced(params: dict[str, Any], data: ResidentData) -> None:
    assert_close(*train_both(params, data))


def test_a_regression_compiled_trains_as_traced() -> None:
    with quiet_stderr():
        regression = ResidentData(numbers())
    compiled, traced = train_both({}, regression)
    assert sorted(compiled.curve) == ["loss", "mae", "mse", "r2", "val_loss", "val_mae", "val_mse", "val_r2"]
    assert_close(compiled, traced)


def test_nothing_of_a_fit_remains_in_what_was_compiled(data: ResidentData, adam: Program) -> None:
    params = ADAM
    wild = {**params, "learning_rate": 1e30, "dropout": 0.6, "hidden_units": (5,), "epochs": 9}
    trainings = [
        training(params, data, compiled=True),
        training(wild, data, seed=7, compiled=True),
        training(params, data, compiled=False),
        training(params, data, compiled=True),
    ]
    with quiet_stderr():
        first, second, traced, again = (adam.run(one, data, keep_weights=True) for one in trainings)
    assert second.status == "diverged"
    assert 1 <= len(second.curve["loss"]) < 9
    assert first.curve == again.curve
    for one, other in zip(first.weights, again.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    assert_close(first, traced)


def test_all_training_data_use_what_was_compiled_for_a_share(data: ResidentData) -> None:
    # 20 samples instead of 15, in batches of 5, and nothing held out.
    share = training({}, data, compiled=True, n_train=15)
    everything = Training(share.params, INDEX[:20], INDEX[:0], share.seeds, compiled_for=share.compiled_for)
    traced = Training(share.params, INDEX[:20], INDEX[:0], share.seeds)
    with quiet_stderr():
        program = Program(share.params, data)
        _, ours, theirs = (program.run(one, data, keep_weights=True) for one in (share, everything, traced))
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
    only = training({}, data, compiled=True)
    with quiet_stderr():
        program = Program(only.params, data)
        ours = [program.run(only, data, keep_weights=True) for _ in range(2)]
    assert asked.count(True) == 1, "tried once, not for every fit"
    assert_close(ours[0], ours[1])


@pytest.mark.slow
def test_a_program_is_compiled_once_for_all_fits(tmp_path: Path) -> None:
    """XLA compiles anew for other values of what it takes for a constant, which would cost every fit a second."""
    code = """
        import sys
        sys.path[:0] = {tests!r}
        from test_compiled import *

        data = ResidentData(images())
        params = {{"dropout": 0.2, "input_dropout": 0.1, "l2": 0.01, "weight_decay": 0.1, "batch_norm": True}}
        trainings = [
            training({{**params, "learning_rate": 0.1 * (n + 1), "dropout": 0.1 * (n + 1), "epochs": n + 1}}, data,
                 seed=n, compiled=True, n_train=n_train)
            for n, n_train in enumerate([16, 16, 11, 6])
        ]
        program = Program(trainings[0].params, data)
        for one in trainings:
            program.run(one, data)
    """
    text = textwrap.dedent(code).format(tests=[str(Path(__file__).parent), str(Path(__file__).parents[1])])
    environment = {"XLA_FLAGS": f"--xla_dump_to={tmp_path} --xla_dump_hlo_as_text"}
    subprocess.run([sys.executable, "-c", text], check=True, capture_output=True, env={**os.environ, **environment})
    compiled = {path.name.split(".")[0] for path in tmp_path.glob("*XlaMustCompile*before_optimizations.txt")}
    assert len(compiled) == 1
