"""Every optimizer with every loss, with sparse gradients, and with every constraint of Keras."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from support.conformance.catalogue import RECIPES, constraint_classes
from support.conformance.compare import Case, check, check_steps
from support.conformance.losses import losses
from support.conformance.made import N_OUTPUTS, N_WORDS
from support.conformance.recipe import LAST, Recipe

from kerasgrid.axes.names import OPTIMIZERS

SIGNED = ("Lion",)
"""They make a step of a gradient's sign: rounding alone turns a weight whose gradient is nearly zero the other way."""

CONSTRAINTS: dict[str, Any] = {
    "MaxNorm": lambda: keras.constraints.MaxNorm(0.4),
    "MinMaxNorm": lambda: keras.constraints.MinMaxNorm(0.3, 0.5, rate=0.7),
    "NonNeg": keras.constraints.NonNeg,
    "UnitNorm": keras.constraints.UnitNorm,
}

part = pytest.mark.conformance


def compare(case: Case) -> None:
    (check_steps if case.optimizer in SIGNED else check)(case)


def some(optimizers: Any, chosen: tuple[str, ...]) -> list[Any]:
    """Return parameters of all optimizers; but for the chosen ones, for the whole product alone."""
    return [name if name in chosen else pytest.param(name, marks=part) for name in optimizers]


@pytest.mark.parametrize(("task", "loss"), losses())
@pytest.mark.parametrize("optimizer", [pytest.param(name, marks=part) for name in OPTIMIZERS])
def test_an_optimizer_and_a_loss(optimizer: str, task: Any, loss: str, record_property: Any) -> None:
    record_property("compared", ("loss", f"{loss} ({task})", optimizer))
    dense = RECIPES["Dense"][0]
    compare(Case(lambda: dense.model(task), dense.kind, task, optimizer, loss))


@pytest.mark.parametrize("weight_decay", [0.0, pytest.param(0.05, marks=part)])
@pytest.mark.parametrize("optimizer", some(OPTIMIZERS, ("Adam", "RMSprop", "Adadelta")))
def test_sparse_gradients(optimizer: str, weight_decay: float, record_property: Any) -> None:
    """The gradient of an embedding has a row for each word of a batch, and most words stand there several times."""
    record_property("compared", ("gradient", f"sparse, weight decay {weight_decay}", optimizer))
    embedding = RECIPES["Embedding"][0]
    compare(Case(embedding.model, "ints", optimizer=optimizer, more={"weight_decay": weight_decay}))


def test_every_constraint_is_compared() -> None:
    assert sorted(CONSTRAINTS) == constraint_classes(), "add what is new to CONSTRAINTS"


def constrained(kind: str) -> keras.Model:
    made = CONSTRAINTS[kind]
    return keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(
                5, activation="tanh", kernel_constraint=made(), bias_constraint=keras.constraints.NonNeg()
            ),
            keras.layers.Dense(N_OUTPUTS, activation="softmax"),
        ]
    )


@pytest.mark.parametrize(
    ("constraint", "optimizer"),
    [
        pytest.param(constraint, optimizer, marks=() if optimizer == turn else part)
        for constraint, turn in zip(CONSTRAINTS, ("Adam", "SGD", "RMSprop", "Nadam"), strict=True)
        for optimizer in OPTIMIZERS
    ],
)
def test_constraints(constraint: str, optimizer: str, record_property: Any) -> None:
    record_property("compared", ("constraint", constraint, optimizer))
    compare(Case(lambda: constrained(constraint), optimizer=optimizer))


@part
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_constraint_of_an_embedding(optimizer: str, record_property: Any) -> None:
    record_property("compared", ("constraint", "UnitNorm of an embedding", optimizer))
    model = Recipe(
        "ints", lambda x: keras.layers.Embedding(N_WORDS, 4, embeddings_constraint=keras.constraints.UnitNorm(1))(x)
    ).model
    compare(Case(model, "ints", optimizer=optimizer, more={"weight_decay": 0.02}))


def test_every_task_has_a_last_activation() -> None:
    assert sorted(LAST) == sorted({task for task, _ in losses()})
