"""A model family and hyperparameters that are added from here go all the way: nothing else knows of them."""

from __future__ import annotations

import inspect
import pickle
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any, ClassVar

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from support.family_contract import FamilyContract
from support.json_schema import valid
from support.made import images
from support.parameter_contract import ParameterContract

from kerasgrid import KerasClassifier, KerasRegressor, ParameterError
from kerasgrid.axes.families import FAMILIES, TRAINING, Cost, ModelFamily
from kerasgrid.axes.parameter import Beside, Parameter
from kerasgrid.axes.parameters import PARAMETERS, builder_params, resolve, structure
from kerasgrid.errors import SpaceError
from kerasgrid.reports.text.listing import list_lines
from kerasgrid.run.planning import make_plan
from kerasgrid.space.grid import candidates
from kerasgrid.space.schema import space_schema
from kerasgrid.space.spec import Space, space_from_dict
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    import keras

    from kerasgrid.engine.check import count_structures
    from kerasgrid.models.factory import build_model
    from kerasgrid.models.parts import Parts


def build_wide(
    params: Mapping[str, Any], input_shape: tuple[int, ...], n_outputs: int, seed: int | None
) -> keras.Model:
    parts = Parts(params, seed)
    inputs = keras.Input(input_shape)
    x = keras.layers.Flatten()(inputs)
    x = parts.dense(params["width"], activation=params["activation"])(x)
    return keras.Model(inputs, parts.dense(n_outputs, activation=params["output_activation"])(x))


def check_wide(params: Mapping[str, Any], input_shape: tuple[int, ...]) -> None:
    if len(input_shape) > 2:
        raise SpaceError("the model wide needs tables or grey images", where="model", got=str(input_shape))


WIDE = ModelFamily(
    "wide",
    "one layer that is as wide as you like",
    ("layers", "wide"),
    build=build_wide,
    check_shapes=check_wide,
    cost=lambda params, input_shape, n_outputs: Cost(params["width"] * (input_shape[0] + n_outputs), 2),
    defaults={"activation": "selu"},
)
WIDTH = Parameter("width", "int", "units of the layer", "wide", structural=True, default=8, low=1, high=4096)
PATIENCE = Parameter(
    "patience",
    "float",
    "how long to wait, in epochs",
    TRAINING,
    structural=False,
    on_is_structural=True,
    low=0,
    optional=True,
    beside=Beside("optimizer", ("SGD", "Ftrl"), "only SGD and Ftrl are patient", "leave it out", implied="Ftrl"),
)
ROWS = {parameter.name: parameter for parameter in (WIDTH, PATIENCE)}


@pytest.fixture(autouse=True)
def added() -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(FAMILIES.with_row(WIDE))
        for parameter in ROWS.values():
            stack.enter_context(PARAMETERS.with_row(parameter))
        yield


class TestWide(FamilyContract):
    name = "wide"
    shapes = ((5,), (3, 4))
    refused = ((3, 4, 3),)
    params: ClassVar = {"width": 4}
    is_bundled = False


class TestRows(ParameterContract):
    @pytest.fixture(params=list(ROWS))
    def parameter(self, request: pytest.FixtureRequest) -> Parameter:
        return ROWS[request.param]


def wide_space(**params: Any) -> Space:
    return space_from_dict({"name": "toys", "dataset": "digits", "model": "wide", "params": params})


def test_a_space_is_parsed_and_checked() -> None:
    space = wide_space(width=[3, 4], learning_rate=[0.01, 0.1], activation=["relu"])
    tried = candidates(space)
    assert [candidate["width"] for candidate in tried] == [3, 4, 3, 4]
    counts = count_structures(tried, images())
    assert [(count.n_candidates, count.n_parameters) for count in counts] == [(2, 63), (2, 83)]
    plan, _ = make_plan(space, images())
    assert len(plan.fits) == 4 * 3
    document = {"name": "toys", "dataset": "digits", "model": "wide", "params": {"width": [3]}}
    assert valid(document, space_schema())


@pytest.mark.parametrize(
    ("model", "params", "message"),
    [
        ("wide", {"width": 0}, "params.width: must be a whole number of at least 1 and at most 4096, got 0"),
        ("wide", {"wdth": 5}, "params.wdth: there is no such parameter (did you mean width?)"),
        ("wide", {"hidden_units": [[3]]}, "params.hidden_units: the model wide does not take it (mlp, cnn do)"),
        ("mlp", {"width": 5}, "params.width: the model mlp does not take it (wide does)"),
        ("wid", {"width": 5}, 'model: must be one of mlp, cnn, lenet5, wide, got "wid" (did you mean wide?)'),
        ("mlp", {"patience": 3, "optimizer": ["SGD", "Adam"]},
         'params.patience: only SGD and Ftrl are patient, got optimizer "Adam" (leave it out)'),
    ],
)  # fmt: skip
def test_a_space_is_refused_with_the_usual_messages(model: str, params: Any, message: str) -> None:
    with pytest.raises(SpaceError, match="^" + re.escape(message)):
        space_from_dict({"name": "toys", "dataset": "digits", "model": model, "params": params}).blocks  # noqa: B018


def test_what_a_shape_cannot_be_is_said_before_anything_is_trained() -> None:
    with pytest.raises(SpaceError, match=r"^model: the model wide needs tables or grey images, got \(4, 4, 3\)$"):
        build_model({"model": "wide"}, (4, 4, 3), 2)


def test_defaults_rules_and_structure_follow_from_the_rows() -> None:
    resolved = resolve({"model": "wide"}, "classification")
    first = {
        "model": "wide", "optimizer": "Adam", "learning_rate": 0.001, "momentum": None, "weight_decay": 0.0,
        "loss": "sparse_categorical_crossentropy", "batch_size": 32, "epochs": 10, "activation": "selu",
        "kernel_initializer": "glorot_uniform", "init_stddev": None, "l2": 0.0, "output_activation": "softmax",
        "width": 8, "patience": None,
    }  # fmt: skip
    assert resolved == {**{name: PARAMETERS[name].default for name in resolved if name != "model"}, **first}
    patient = resolve({"model": "mlp", "patience": 3}, "classification")
    assert (patient["patience"], patient["optimizer"]) == (3.0, "Ftrl")
    parts = dict(structure(patient))
    assert parts["patience_on"] is True
    assert "patience" not in parts
    with pytest.raises(SpaceError, match=r'^params.patience: only SGD and Ftrl are patient, got optimizer "Adam"$'):
        resolve({"patience": 3, "optimizer": "Adam"}, "classification")


def test_a_builder_sees_what_is_no_number_of_the_training() -> None:
    resolved = resolve({"model": "mine:build@1", "patience": 3, "optimizer": "SGD", "width": 5}, "classification")
    seen = builder_params(resolved)
    assert (seen["width"], seen["optimizer"]) == (5, "SGD")
    assert not {"patience", "learning_rate", "model"} & set(seen)
    assert dict(structure(resolved))["patience_on"] is True


def test_they_are_listed() -> None:
    lines = list_lines()
    assert "  wide    one layer that is as wide as you like" in lines
    assert "  width (wide only): units of the layer" in lines
    assert "      a whole number of at least 1 and at most 4096; default 8" in lines
    assert any(line.endswith("; default relu, tanh for lenet5, selu for wide") for line in lines)


def test_an_estimator_takes_them() -> None:
    data = images()
    estimator = KerasClassifier("wide", width=5, epochs=3, random_state=0)
    assert repr(estimator) == "KerasClassifier(epochs=3, model='wide', random_state=0, width=5)"
    estimator = clone(estimator.set_params(width=6)).fit(data.x_train, data.y_train)
    assert estimator.model_.count_params() == 16 * 6 + 6 + 6 * 3 + 3
    assert estimator.model_.layers[2].activation is keras.activations.selu
    again = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_allclose(again.predict_proba(data.x_train), estimator.predict_proba(data.x_train), atol=1e-6)
    with pytest.raises(ParameterError, match=r"^width: the model mlp does not take it \(wide does\)$"):
        KerasClassifier(width=5).fit(data.x_train, data.y_train)
    with pytest.raises(ParameterError, match=r"^model: must be mlp, cnn, lenet5 or wide, or a function that builds"):
        KerasRegressor(None).fit(data.x_train, data.y_train)
    # Since Python 3.13 docstrings come without their indentation.
    documentation = inspect.cleandoc(str(KerasClassifier.__doc__))
    assert (
        "\n    width: Units of the layer (wide only). A whole number of at least 1 and at most 4096; default 8.\n"
        in (documentation)
    )
    assert str(inspect.signature(KerasRegressor).parameters["patience"]) == "patience: float | None = None"


def test_an_estimator_may_be_older_than_a_row() -> None:
    estimator = KerasClassifier()
    with PARAMETERS.with_row(Parameter("younger", "int", "a number", TRAINING, structural=True, default=3)):
        assert (estimator.younger, estimator.get_params()["younger"]) == (3, 3)
        assert KerasClassifier(younger=4).younger == 4
    with pytest.raises(AttributeError, match=r"^'KerasClassifier' object has no attribute 'younger'$"):
        estimator.younger  # noqa: B018
    with pytest.raises(NotFittedError, match="not fitted yet"):
        estimator.model_  # noqa: B018
    with pytest.raises(TypeError, match=r"^KerasClassifier\(\) got an unexpected keyword argument 'younger'"):
        KerasClassifier(younger=4)


def test_fits_of_before_a_hyperparameter_came_keep_their_keys() -> None:
    asked = space_from_dict(
        {"name": "old", "dataset": "digits", "params": {"hidden_units": [[4], [8]], "epochs": 1, "optimizer": "AdamW"}}
    )
    before = list(make_plan(asked, images())[0].fits)
    late = Parameter("late", "float", "what nobody had before", TRAINING, structural=True, default=0.5, low=0)
    with PARAMETERS.with_row(late):
        again = space_from_dict(asked.to_dict())
        plan = make_plan(again, images())[0]
        assert list(plan.fits) == before
        assert plan.candidates[0].resolved("classification").params["late"] == 0.5
        changed = again.changed(params={**asked.params, "late": 0.25})
        assert set(make_plan(changed, images())[0].fits).isdisjoint(before)
