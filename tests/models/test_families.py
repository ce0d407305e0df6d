"""Every model family keeps the contract, and a family is no more than its row."""

from __future__ import annotations

from itertools import product
from typing import Any, ClassVar

import pytest
from support.family_contract import FamilyContract

from kerasgrid.axes.families import DATA, FAMILIES, TRAINING, Cost, ModelFamily, OnFirstUse
from kerasgrid.axes.parameters import PARAMETERS, families_with, parameters_of, resolve, takes
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    import keras

    from kerasgrid.models.factory import build_model


class TestMlp(FamilyContract):
    name = "mlp"
    shapes = ((6,), (3, 2), (3, 2, 2), (2, 2, 2, 2))
    params: ClassVar = {"hidden_units": (4,)}


class TestCnn(FamilyContract):
    name = "cnn"
    shapes = ((12, 12), (11, 12, 3))
    refused = ((64,), (2, 8, 8, 3), (1, 8), (3, 3, 1))
    params: ClassVar = {"conv_filters": (4, 4), "hidden_units": (4,)}


class TestLenet5(FamilyContract):
    name = "lenet5"
    shapes = ((28, 28), (32, 32), (28, 28, 1), (32, 32, 1))
    refused = ((784,), (28, 28, 3), (30, 30), (28, 32))


def test_every_family_has_a_suite() -> None:
    assert {suite.name for suite in FamilyContract.__subclasses__()} >= set(FAMILIES)


def test_every_hyperparameter_steers_the_training_or_a_part_of_some_family() -> None:
    parts = {part for family in FAMILIES.values() for part in family.parts}
    assert {parameter.part for parameter in PARAMETERS.values()} == {TRAINING, DATA, *parts}


def test_which_model_takes_what() -> None:
    assert families_with("hidden") == ("mlp", "cnn")
    assert families_with(TRAINING) == tuple(FAMILIES)
    assert takes("mlp", "input_dropout")
    assert not takes("cnn", "input_dropout")
    assert not takes("mlp", "model__units")
    assert not takes("mlp", "nonsense")
    assert not takes("no such family", "l2")
    assert parameters_of("no such family") == ()
    own = "module:builder@1234"
    assert parameters_of(own) == tuple(PARAMETERS.values())
    assert all(takes(own, name) for name in (*PARAMETERS, "model__units"))
    assert not takes(own, "units")


def test_a_row_that_names_its_functions_imports_them_at_their_first_use() -> None:
    power = OnFirstUse("math:pow")
    assert repr(power) == "OnFirstUse('math:pow')"
    assert power(2, 3) == 8.0
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        OnFirstUse("no_such_module:function")()


def test_a_family_needs_no_more_than_a_builder() -> None:
    family = ModelFamily("plain", "one layer", ("layers",), build=lambda *_: keras.Model())
    family.check_shapes({}, (3, 1, 4))
    assert family.cost({}, (3,), 2) is None
    assert family.has(TRAINING)
    assert not family.has("hidden")


@pytest.mark.parametrize("hidden_units", [(), (5,), (5, 3)])
@pytest.mark.parametrize(("batch_norm", "dropout"), list(product([False, True], [0.0, 0.5])))
def test_the_cost_of_an_mlp_is_that_of_its_layers(
    hidden_units: tuple[int, ...], batch_norm: bool, dropout: float
) -> None:
    of_input: list[dict[str, Any]] = [{}, {"input_batch_norm": True}, {"input_dropout": 0.1}]
    for more in of_input:
        params: ClassVar = {"hidden_units": hidden_units, "batch_norm": batch_norm, "dropout": dropout, **more}
        layers = build_model(params, (2, 3), 4).layers
        kernels = [layer.kernel.shape for layer in layers if hasattr(layer, "kernel")]
        parts = (keras.layers.Dense, keras.layers.BatchNormalization, keras.layers.Dropout)
        cost = FAMILIES["mlp"].cost(resolve(params, "classification"), (2, 3), 4)
        assert cost == Cost(sum(a * b for a, b in kernels), sum(isinstance(layer, parts) for layer in layers))


def test_what_xla_does_not_speed_up_is_never_compiled() -> None:
    cost = FAMILIES["mlp"].cost
    assert cost(resolve({"activation": "sparsemax"}, "classification"), (4,), 3) is None
    for name in ("cnn", "lenet5"):
        assert FAMILIES[name].cost(resolve({"model": name}, "classification"), (28, 28), 10) is None
