"""Every layer class of Keras, trained by the engine as by Keras itself."""

from __future__ import annotations

from itertools import cycle, product
from typing import Any

import pytest
from support.conformance.catalogue import EXCLUDED, RECIPES, layer_classes, recipes
from support.conformance.compare import Case, assert_alike, check, check_steps, trained_by_us
from support.conformance.losses import losses
from support.conformance.random_recipes import REPEATED
from support.conformance.recipe import Recipe
from test_conform_optimizers import SIGNED

from kerasgrid.axes.names import OPTIMIZERS

OF_EACH_KIND = ("SGD", "Adam", "Nadam")
"""A fused update that adds up sparse gradients, one that leaves those to Keras, and Keras's own."""


ALL = recipes()
QUICK = {
    *("Dense, penalised", "Embedding", "MultiHeadAttention", "BatchNormalization", "SpectralNormalization", "LSTM"),
    *("Conv2D", "CategoryEncoding", "Dropout, two", "RandomFlip"),
}
"""A few of each kind: what the tests have time for; the others by ``make conformance``."""


def chosen() -> list[Any]:
    """Return each recipe with each optimizer; those that the tests have no time for marked."""
    return [
        pytest.param(name, recipe, optimizer, id=f"{name}-{optimizer}",
                     marks=() if name in QUICK and OF_EACH_KIND[place % 3] == optimizer else pytest.mark.conformance)
        for place, (name, recipe) in enumerate(ALL)
        for optimizer in OF_EACH_KIND
    ]  # fmt: skip


def test_every_layer_has_a_recipe_or_a_reason() -> None:
    unknown = [name for name in layer_classes() if name not in RECIPES and name not in EXCLUDED]
    assert unknown == [], (
        f"this Keras has layers that the engine is not compared for: {', '.join(unknown)}. Add a recipe for each to "
        "tests/support/conformance/*_recipes.py, or a reason why it has none to EXCLUDED in catalogue.py"
    )
    assert not set(RECIPES) & set(EXCLUDED)


@pytest.mark.parametrize(("name", "recipe", "optimizer"), chosen())
def test_a_layer(name: str, recipe: Recipe, optimizer: str, record_property: Any) -> None:
    record_property("compared", ("layer", name, optimizer))
    case = Case(recipe.model, recipe.kind, optimizer=optimizer)
    if name in REPEATED:
        assert_alike(trained_by_us(case), trained_by_us(case))
    else:
        check(case)


REST = [*product((name for name in OPTIMIZERS if name not in OF_EACH_KIND), losses())]


@pytest.mark.conformance
@pytest.mark.parametrize(
    ("name", "recipe", "optimizer", "task", "loss"),
    [
        pytest.param(name, recipe, optimizer, task, loss, id=f"{name}-{optimizer}-{task}-{loss}")
        for (name, recipe), (optimizer, (task, loss)) in zip(ALL, cycle(REST), strict=False)
        if name not in REPEATED
    ],
)
def test_a_layer_with_one_more_pair(
    name: str, recipe: Recipe, optimizer: str, task: Any, loss: str, record_property: Any
) -> None:
    """Layer after layer takes the next of all further optimizers with each loss."""
    record_property("compared", ("layer", name, f"{optimizer}×{loss} ({task})"))
    case = Case(lambda: recipe.model(task), recipe.kind, task, optimizer, loss)
    (check_steps if optimizer in SIGNED else check)(case)
