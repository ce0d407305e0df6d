import json
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.strategies import candidates, values

from kerasgrid.axes import names
from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.parameters import MODEL, PARAMETERS, normalise, parameters_of, resolve, structure
from kerasgrid.errors import SpaceError
from kerasgrid.fits.metric import METRICS, asked_for, choices_for, every_choice, metrics_for


def exactly(message: str) -> str:
    return f"^{re.escape(message)}$"


@pytest.mark.parametrize(
    ("name", "value", "normal"),
    [
        ("optimizer", "adam", "Adam"),
        ("optimizer", "RMSProp", "RMSprop"),
        ("optimizer", "sgd", "SGD"),
        ("optimizer", "Momentum", "momentum"),
        ("activation", "SILU", "silu"),
        ("activation", "swish", "silu"),
        ("activation", "hard_swish", "hard_silu"),
        ("kernel_initializer", "HeNormal", "he_normal"),
        ("kernel_initializer", "normal", "random_normal"),
        ("loss", "mse", "mean_squared_error"),
        ("loss", "SparseCategoricalCrossentropy", "sparse_categorical_crossentropy"),
        ("pooling", "avg", "average"),
        ("model", "MLP", "mlp"),
        ("learning_rate", 1, 1.0),
        ("learning_rate", np.float64(0.5), 0.5),
        ("epochs", 1e2, 100),
        ("epochs", np.int64(5), 5),
        ("batch_norm", np.bool_(True), True),
        ("hidden_units", [64, 32], (64, 32)),
        ("hidden_units", [], ()),
        ("init_stddev", None, None),
        ("dropout", -0.0, 0.0),
    ],
)
def test_normalise_gives_one_form(name, value, normal):
    result = normalise(name, value)
    assert result == normal
    assert type(result) is type(normal)
    assert json.dumps(result) == json.dumps(normal)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("batch_size", 0, "params.batch_size: must be a whole number of at least 1, got 0"),
        ("batch_size", True, "params.batch_size: must be a whole number of at least 1, got true"),
        ("epochs", 1.5, "params.epochs: must be a whole number of at least 1, got 1.5"),
        ("epochs", "5", 'params.epochs: must be a whole number of at least 1, got "5"'),
        ("learning_rate", 0, "params.learning_rate: must be a number above 0, got 0"),
        ("learning_rate", True, "params.learning_rate: must be a number above 0, got true"),
        ("learning_rate", float("nan"), "params.learning_rate: must be a number above 0, got NaN"),
        ("dropout", 1.0, "params.dropout: must be a number of at least 0 and below 1, got 1.0"),
        ("dropout", None, "params.dropout: must be a number of at least 0 and below 1, got null"),
        ("init_stddev", 0, "params.init_stddev: must be a number above 0, got 0 (or null for none)"),
        ("batch_norm", 1, "params.batch_norm: must be true or false, got 1"),
        ("padding", "sane", 'params.padding: must be one of same, valid, got "sane" (did you mean same?)'),
        ("padding", 3, "params.padding: must be one of same, valid, got 3"),
        (
            "hidden_units",
            [64, 0],
            "params.hidden_units: must be a list of whole numbers, each at least 1, got [64, 0]",
        ),
        (
            "conv_filters",
            [],
            "params.conv_filters: must be a list of whole numbers, at least 1 of them, each at least 1, got []",
        ),
        ("lerning_rate", 1, "params.lerning_rate: there is no such parameter (did you mean learning_rate?)"),
    ],
)
def test_normalise_refuses(name, value, message):
    with pytest.raises(SpaceError, match=exactly(message)):
        normalise(name, value)


def test_an_unknown_parameter_far_from_all_lists_them():
    with pytest.raises(SpaceError, match=r"^here: there is no such parameter \(known are optimizer, learning_rate, "):
        normalise("zzzzzz", 1, "here")


def test_a_number_too_large_for_a_float_is_refused():
    with pytest.raises(SpaceError, match=r"must be a number above 0, got 1000.*\.\.\.$"):
        normalise("learning_rate", 10**400)


@given(st.data())
def test_normal_forms_stay_as_they_are_and_are_hashable(data):
    parameter = data.draw(st.sampled_from(tuple(PARAMETERS.values())))
    value = data.draw(values(parameter))
    assert normalise(parameter.name, value) == value
    hash(value)


def test_each_model_takes_its_parameters():
    assert {p.name for p in parameters_of("cnn")} - {p.name for p in parameters_of("mlp")} == {
        "conv_filters",
        "convs_per_block",
        "dense_dropout",
        "global_pooling",
        "kernel_size",
        "padding",
        "pooling",
        "pool_size",
        "spatial_dropout",
    }
    assert {p.name for p in parameters_of("mlp")} - {p.name for p in parameters_of("cnn")} == {
        "input_batch_norm",
        "input_dropout",
    }


def test_resolve_fills_in_defaults():
    resolved = resolve({"model": "mlp"}, "classification")
    first = {
        "model": "mlp",
        "optimizer": "Adam",
        "learning_rate": 0.001,
        "momentum": None,
        "weight_decay": 0.0,
        "loss": "sparse_categorical_crossentropy",
        "batch_size": 32,
        "epochs": 10,
        "hidden_units": (128,),
        "activation": "relu",
        "batch_norm": False,
        "input_batch_norm": False,
        "dropout": 0.0,
        "input_dropout": 0.0,
        "kernel_initializer": "glorot_uniform",
        "init_stddev": None,
        "l2": 0.0,
        "output_activation": "softmax",
        "scaling": "auto",
        "one_hot_max": 12,
        "embedding_size": None,
        "target_scaling": "auto",
    }
    later = {name: row.default for name, row in PARAMETERS.items() if name in resolved and not row.default_is_keyed}
    assert resolved == {**later, **first}


def test_resolve_of_a_cnn():
    resolved = resolve({"model": "cnn"}, "regression")
    assert resolved["conv_filters"] == (32, 64)
    assert (resolved["kernel_size"], resolved["padding"], resolved["pooling"], resolved["pool_size"]) == (
        3,
        "same",
        "max",
        2,
    )
    assert (resolved["loss"], resolved["output_activation"]) == ("mean_squared_error", "linear")


@pytest.mark.parametrize(
    ("optimizer", "momentum", "decay"),
    [
        ("SGD", 0.0, 0.0),
        ("momentum", 0.9, 0.0),
        ("nesterov", 0.9, 0.0),
        ("Adam", None, 0.0),
        ("AdamW", None, 0.004),
        ("Muon", None, 0.004),
    ],
)
def test_defaults_of_an_optimizer(optimizer, momentum, decay):
    resolved = resolve({"optimizer": optimizer}, "classification")
    assert (resolved["momentum"], resolved["weight_decay"]) == (momentum, decay)


@given(candidates())
def test_resolving_twice_changes_nothing(candidate):
    resolved = resolve(candidate, "classification")
    assert resolve(resolved, "classification") == resolved
    assert {**resolved, **candidate} == resolved


@given(candidates())
def test_structure_has_what_is_structural_as_it_is(candidate):
    resolved = resolve(candidate, "classification")
    parts = dict(structure(resolved))
    hash(structure(resolved))
    partly = {name: parts.pop(name) for name in list(parts) if name in PARAMETERS and PARAMETERS[name].structural_part}
    assert partly == {
        name: PARAMETERS[name].structural_part(value)
        for name, value in resolved.items()
        if name != "model" and PARAMETERS[name].structural_part and value != PARAMETERS[name].default
    }
    assert {name: value for name, value in parts.items() if not name.endswith("_on")} == {
        name: value
        for name, value in resolved.items()
        if name == "model"
        or (PARAMETERS[name].structural and (PARAMETERS[name].default_is_keyed or value != PARAMETERS[name].default))
    }


def test_rows_that_came_later_are_part_of_keys_and_structures_only_beside_their_defaults():
    late = {"scaling": "quantile", "one_hot_max": 3, "embedding_size": 8, "target_scaling": "standard"}
    assert {name for name, row in PARAMETERS.items() if not row.default_is_keyed} >= set(late)
    default, changed = Candidate({}).resolved("regression"), Candidate(late).resolved("regression")
    assert not set(late) & {*default.keyed, *dict(default.structure)}
    assert changed.keyed == {**default.keyed, **late}
    # How numbers are scaled changes what a program is given, not the program.
    del late["scaling"]
    assert dict(changed.structure) == {**dict(default.structure), **late}


def test_structure_knows_only_whether_a_number_is_zero():
    def of(**params):
        return structure(resolve(params, "classification"))

    assert of(dropout=0.1) == of(dropout=0.2, learning_rate=1.0, batch_size=7, epochs=3)
    assert of(dropout=0.1) != of()
    assert of(momentum=0.1, optimizer="SGD") != of(momentum=0.2, optimizer="SGD")
    on = {name for name, value in of(l2=1.0, init_stddev=0.1, weight_decay=0.1, input_dropout=0.5) if value is True}
    assert on == {"l2_on", "init_stddev_on", "weight_decay_on", "input_dropout_on"}


def test_init_stddev_means_random_normal():
    assert resolve({"init_stddev": 0.1}, "classification")["kernel_initializer"] == "random_normal"


@pytest.mark.parametrize(
    ("params", "task", "message"),
    [
        (
            {"layer_norm": True, "batch_norm": True},
            "classification",
            "params.layer_norm: must not be set together with batch_norm, got batch_norm true",
        ),
        (
            {"momentum": 0.5},
            "classification",
            'params.momentum: only SGD, momentum and nesterov take it, got optimizer "Adam"',
        ),
        (
            {"init_stddev": 0.1, "kernel_initializer": "he_normal"},
            "classification",
            'params.init_stddev: must not be set together with kernel_initializer, got kernel_initializer "he_normal"',
        ),
        (
            {"loss": "categorical_crossentropy"},
            "regression",
            'params.loss: must suit the task regression, got "categorical_crossentropy" (one of mean_squared_error, '
            "mean_absolute_error, mean_absolute_percentage_error, mean_squared_logarithmic_error, huber, log_cosh, "
            "poisson, quantile)",
        ),
        (
            {"output_activation": "softmax"},
            "regression",
            "params.output_activation: must not normalise over the outputs in regression: of one output it makes a "
            'constant, got "softmax"',
        ),
        (
            {"clipvalue": 0.5, "clipnorm": 1.0},
            "classification",
            "params.clipvalue: only one of clipnorm, global_clipnorm and clipvalue may be set, got clipnorm 1.0 beside "
            "it",
        ),
        (
            {"early_stopping": {}, "reduce_on_plateau": {"validation_split": 0.2}},
            "classification",
            "params.reduce_on_plateau.validation_split: must be left out beside early_stopping, whose watched samples "
            "it looks at, got 0.2",
        ),
        (
            {"rho": 0.5},
            "classification",
            'params.rho: only Adadelta and RMSprop take it, got optimizer "Adam"',
        ),
        (
            {"beta_1": 0.5, "optimizer": "SGD"},
            "classification",
            "params.beta_1: only Adam, AdamW, Adamax, Lamb, Lion, Nadam and ScheduleFreeAdamW take it, got optimizer "
            '"SGD"',
        ),
        ({"kernel_size": 3}, "classification", "params.kernel_size: the model mlp does not take it (cnn does)"),
        ({"model": "cnn", "input_dropout": 0.1}, "regression", "params.input_dropout: the model cnn does not take it "
         "(mlp does)"),
        ({"model": "mpl"}, "regression",
         'params.model: must be one of mlp, cnn, lenet5, got "mpl" (did you mean mlp?)'),
    ],
)  # fmt: skip
def test_resolve_refuses_contradictions(params, task, message):
    with pytest.raises(SpaceError, match=exactly(message)):
        resolve(params, task)


def test_cross_entropy_needs_outputs_that_are_never_negative():
    with pytest.raises(
        SpaceError,
        match=r"^params.output_activation: must never be negative with the loss sparse_categorical_crossentropy, got "
        r'"linear" \(one of exponential, hard_sigmoid, relu, ',
    ):
        resolve({"output_activation": "linear"}, "classification")
    assert resolve({"output_activation": "sigmoid"}, "classification")
    assert resolve({"output_activation": "linear", "loss": "mse"}, "classification")


def test_metrics_are_those_that_fits_record():
    for task in names.TASKS:
        assert set(metrics_for(task)) <= set(choices_for(task))
        assert all(METRICS[name].of_predictions is None for name in metrics_for(task))
        assert all(METRICS[name].of_predictions for name in asked_for(choices_for(task), task))
    assert set(every_choice()) == set(METRICS)


def test_spellings_do_not_collide():
    for parameter in (MODEL, *PARAMETERS.values()):
        meant: dict[str, str] = {}
        for spelling, name in [*((name, name) for name in parameter.names), *parameter.aliases.items()]:
            assert meant.setdefault(spelling.replace("_", "").lower(), name) == name


DRIFT = """
import inspect, json, keras
from keras.src import activations, initializers
def classes(module, base):
    return [n for n, c in vars(module).items() if inspect.isclass(c) and issubclass(c, base) and c is not base]
usable = []
for name in sorted({i.__name__ for i in initializers.ALL_OBJECTS}):
    try:
        cls = getattr(initializers, name)
        for shape in ((4, 3), (3, 3, 2, 4)):
            assert tuple(cls()(shape).shape) == shape
    except (TypeError, ValueError, NotImplementedError):
        continue
    usable.append(initializers.to_snake_case(name))
print(json.dumps({
    "optimizers": classes(keras.optimizers, keras.optimizers.Optimizer),
    "activations": sorted(f.__name__ for f in activations.ALL_OBJECTS),
    "aliases": {n: f.__name__ for n, f in activations.ALL_OBJECTS_DICT.items() if n != f.__name__},
    "initializers": usable,
    "numbers": {n: sorted(inspect.signature(getattr(keras.optimizers, n).__init__).parameters)
                for n in classes(keras.optimizers, keras.optimizers.Optimizer)},
}))
"""


@pytest.mark.slow
def test_names_are_those_of_the_installed_keras():
    done = subprocess.run([sys.executable, "-c", DRIFT], capture_output=True, text=True, check=True)
    keras = json.loads(done.stdout.splitlines()[-1])
    # These two are made of other optimizers.
    assert set(keras["optimizers"]) - {"LossScaleOptimizer", "MultiOptimizer"} == set(names.KERAS_OPTIMIZERS)
    for number, takers in names.OPTIMIZERS_WITH.items():
        assert tuple(name for name in names.KERAS_OPTIMIZERS if number in keras["numbers"][name]) == takers
    assert all(set(names.CLIPPINGS) <= set(keras["numbers"][name]) for name in names.KERAS_OPTIMIZERS)
    assert set(keras["activations"]) - {"glu", "threshold"} == set(names.ACTIVATIONS)
    assert keras["aliases"] == dict(names.ACTIVATION_ALIASES)
    # A constant needs its value, which a name cannot give.
    assert set(keras["initializers"]) - {"constant"} == set(names.INITIALIZERS)
