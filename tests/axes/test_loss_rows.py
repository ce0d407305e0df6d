"""The table of losses, and what they go with."""

from __future__ import annotations

import re

import pytest

from kerasgrid.axes.losses import LOSSES, Loss, losses_for, output_width
from kerasgrid.axes.names import TASKS
from kerasgrid.axes.parameters import normalise, resolve
from kerasgrid.errors import SpaceError
from kerasgrid.space.spec import space_from_dict


@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
def test_a_row_is_sound(loss: Loss):
    assert loss.tasks
    assert set(loss.tasks) <= set(TASKS)
    assert re.fullmatch(r"\S.*[^\s.]", loss.description)
    assert (loss.function is None) == bool(loss.keras_class)
    assert (loss.activations is None) == (not loss.rule)
    for task in loss.tasks:
        resolved = resolve({"loss": loss.name}, task)
        assert resolved["loss"] == loss.name
        assert loss.activations is None or resolved["output_activation"] in loss.activations
        assert {name for name in ("huber_delta", "quantile") if resolved[name] is not None} == set(
            loss.options.values()
        )
    for alias in loss.aliases:
        assert normalise("loss", alias) == loss.name


def test_spellings_of_keras_classes_are_taken():
    for loss in LOSSES.values():
        assert normalise("loss", loss.keras_class or "Quantile") == loss.name
    for short, name in {
        "mse": "mean_squared_error",
        "mae": "mean_absolute_error",
        "bce": "binary_crossentropy",
    }.items():
        assert normalise("loss", short) == name


def test_every_task_has_its_losses():
    assert losses_for("multilabel") == ("binary_crossentropy", "mean_squared_error", "binary_focal_crossentropy")
    assert set(losses_for("classification")) | set(losses_for("regression")) == set(LOSSES)


@pytest.mark.parametrize(
    ("params", "task", "message"),
    [
        (
            {"loss": "huber"},
            "multilabel",
            'params.loss: must suit the task multilabel, got "huber" (one of binary_crossentropy, mean_squared_error, '
            "binary_focal_crossentropy)",
        ),
        (
            {"loss": "bce", "output_activation": "softmax"},
            "classification",
            "params.output_activation: must make a probability of each output by itself with the loss "
            'binary_crossentropy, got "softmax" (one of hard_sigmoid, sigmoid)',
        ),
        (
            {"loss": "hinge", "output_activation": "sigmoid"},
            "classification",
            'params.output_activation: must take both signs with the loss hinge, got "sigmoid" (one of celu, elu, '
            "gelu, hard_shrink, hard_silu, hard_tanh, leaky_relu, linear, mish, selu, silu, soft_shrink, softsign, "
            "tanh, tanh_shrink)",
        ),
        (
            {"loss": "kld", "output_activation": "sigmoid"},
            "classification",
            'params.output_activation: must sum to 1 with the loss kl_divergence, got "sigmoid" (one of softmax, '
            "sparsemax)",
        ),
        (
            {"loss": "poisson", "output_activation": "linear"},
            "regression",
            'params.output_activation: must never be negative with the loss poisson, got "linear" (one of exponential, '
            "hard_sigmoid, relu, relu6, sigmoid, softplus, sparse_plus, sparse_sigmoid, squareplus)",
        ),
        (
            {"label_smoothing": 0.1},
            "regression",
            'params.label_smoothing: there are no labels in regression, got loss "mean_squared_error"',
        ),
        (
            {"label_smoothing": 0.1, "loss": "hinge"},
            "classification",
            "params.label_smoothing: labels are smoothed with binary_crossentropy, categorical_crossentropy, "
            "sparse_categorical_crossentropy, binary_focal_crossentropy, categorical_focal_crossentropy only, got loss "
            '"hinge"',
        ),
        (
            {"loss": "mape", "target_scaling": "standard"},
            "regression",
            "params.target_scaling: the loss mean_absolute_percentage_error takes targets in their own unit, got "
            '"standard" (none)',
        ),
        (
            {"huber_delta": 2.0, "loss": "mae"},
            "regression",
            'params.huber_delta: only the loss huber takes it, got loss "mean_absolute_error"',
        ),
        (
            {"quantile": 0.9, "loss": "mae"},
            "regression",
            'params.quantile: only the loss quantile takes it, got loss "mean_absolute_error"',
        ),
        ({"quantile": 1.0}, "regression", "params.quantile: must be a number above 0 and below 1, got 1.0"),
        ({"label_smoothing": 1}, "classification", "params.label_smoothing: must be a number of at least 0 and "
         "below 1, got 1"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(params, task, message):
    with pytest.raises(SpaceError, match=f"^{re.escape(message)}$"):
        resolve(params, task)


def test_a_number_of_a_loss_implies_the_loss():
    assert resolve({"quantile": 0.9}, "regression")["loss"] == "quantile"
    assert resolve({"huber_delta": 0.9}, "regression")["loss"] == "huber"


def test_one_output_is_for_two_classes():
    params = resolve({"loss": "bce"}, "classification")
    assert params["output_activation"] == "sigmoid"
    assert output_width(params, "classification", 2) == 1
    message = (
        'params.loss: is for two classes, or for labels each of which holds or not, got "binary_crossentropy" with 3 '
        "classes (sparse_categorical_crossentropy)"
    )
    with pytest.raises(SpaceError, match=f"^{re.escape(message)}$"):
        output_width(params, "classification", 3)
    assert output_width(resolve({"loss": "bce"}, "multilabel"), "multilabel", 3) == 3
    assert output_width(resolve({}, "classification"), "classification", 2) == 2


def space(params, **more):
    dataset = {"path": "numbers.csv", "target": "y"}
    return space_from_dict({"name": "one", "dataset": dataset, "metric": "loss", "params": params, **more})


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"loss": "huber", "huber_delta": [1.0, 2.0]}, "huber_delta"),
        ([{"loss": "quantile", "quantile": 0.1}, {"loss": "quantile", "quantile": 0.9}], "quantile"),
        ({"target_scaling": ["none", "standard"]}, "target_scaling"),
    ],
)
def test_losses_that_differ_in_a_number_or_in_the_unit_do_not_compare(params, name):
    message = f"metric: losses of different {name} do not compare, got several values of {name} (compare by mse)"
    with pytest.raises(SpaceError, match=f"^{re.escape(message)}$"):
        space(params).check_task("regression")
    space(params, metric="mae").check_task("regression")


def test_losses_compare_whatever_smooths_labels():
    space({"label_smoothing": [0.0, 0.1]}).check_task("classification")


def test_a_loss_may_be_added():
    own = Loss("cubic", "cube of the error", ("regression",), function=lambda ops, targets, outputs: outputs)
    with LOSSES.with_row(own):
        assert resolve({"loss": "Cubic"}, "regression")["output_activation"] == "linear"
    with pytest.raises(SpaceError, match=r"^params.loss: must be one of "):
        resolve({"loss": "cubic"}, "regression")
