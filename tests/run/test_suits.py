"""A space that does not suit its data names a bundled one that does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kerasgrid.data.columns import Column, Columns
from kerasgrid.data.dataset import Dataset, Task
from kerasgrid.errors import SpaceError
from kerasgrid.run.planning import make_plan
from kerasgrid.run.suits import suiting_space
from kerasgrid.space.files import bundled_spaces, load_space
from kerasgrid.space.spec import space_from_dict

N = 60


def data(task: Task, shape: tuple[int, ...] = (3,)) -> Dataset:
    x = np.random.default_rng(0).random((N, *shape), np.float32)
    columns = Columns(tuple(Column(name, "number") for name in "abc")) if shape == (3,) else None
    if task == "classification":
        return Dataset("mine", x, np.arange(N) % 2, None, None, task, ("no", "yes"), "made", columns=columns)
    labels = (x.reshape(N, -1)[:, :2] > 0.5).astype(np.float32)
    y = labels if task == "multilabel" else x.reshape(N, -1).sum(axis=1)
    names = ("one", "two") if task == "multilabel" else None
    return Dataset("mine", x, y, None, None, task, names, "made", columns=columns)


TABLE, PHOTOS, GREY = (3,), (40, 30, 3), (40, 30)
METRIC = (
    "metric: must suit the task {}, got {} (one of {}, or another that kerasgrid list names, by --metric or in the "
    "space{})"
)
CNN = "model: the model cnn needs images (height × width, or height × width × channels), got inputs of shape 3 ("
LENET5 = "model: the model lenet5 needs grey images of 28×28 or 32×32, got inputs of shape {} ("


@pytest.mark.parametrize(
    ("space", "dataset", "message"),
    [
        (
            "digits",
            data("regression"),
            METRIC.format("regression", '"accuracy"', "mse, mae, r2, loss", ", or use the space table_regression"),
        ),
        (
            "table_classification",
            data("regression"),
            METRIC.format("regression", '"accuracy"', "mse, mae, r2, loss", ", or use the space table_regression"),
        ),
        (
            "table_regression",
            data("classification"),
            METRIC.format("classification", '"r2"', "accuracy, loss", ", or use the space table_classification"),
        ),
        (
            "regression_sine",
            data("classification", PHOTOS),
            METRIC.format("classification", '"mse"', "accuracy, loss", ", or use the space images"),
        ),
        (
            "digits_cnn",
            data("classification"),
            CNN + "use the model mlp for tables, or use the space table_classification)",
        ),
        (
            "images",
            data("classification"),
            CNN + "use the model mlp for tables, or use the space table_classification)",
        ),
        (
            "images",
            data("regression"),
            METRIC.format("regression", '"accuracy"', "mse, mae, r2, loss", ", or use the space table_regression"),
        ),
        (
            "lenet5_grid_small",
            data("classification", PHOTOS),
            LENET5.format("40×30×3")
            + "use the model cnn for other images and mlp for tables, or use the space images)",
        ),
        (
            "table_classification",
            data("multilabel"),
            METRIC.format(
                "multilabel", '"accuracy"', "binary_accuracy, exact_match, loss", ", or use the space table_labels"
            ),
        ),
        # There is none for these.
        (
            "images",
            data("regression", PHOTOS),
            METRIC.format("regression", '"accuracy"', "mse, mae, r2, loss", ""),
        ),
    ],
)  # fmt: skip
def test_what_does_not_suit_names_what_does(space: str, dataset: Dataset, message: str) -> None:
    with pytest.raises(SpaceError) as caught:
        make_plan(load_space(space), dataset)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"loss": "cross_entropy"},
            'params.loss: must suit the task regression, got "sparse_categorical_crossentropy" (one of '
            "mean_squared_error, mean_absolute_error, mean_absolute_percentage_error, mean_squared_logarithmic_error, "
            "huber, log_cosh, poisson, quantile, or use the space table_regression)",
        ),
        (
            {"output_activation": "softmax"},
            "params.output_activation: must not normalise over the outputs in regression: of one output it makes a "
            'constant, got "softmax" (use the space table_regression)',
        ),
    ],
)
def test_losses_and_outputs_of_other_tasks(params: dict[str, Any], message: str) -> None:
    space = space_from_dict({"name": "mine", "dataset": "digits", "params": params})
    with pytest.raises(SpaceError) as caught:
        make_plan(space, data("regression"))
    assert str(caught.value) == message


def test_a_space_is_not_named_for_what_it_does_wrong_itself() -> None:
    space = space_from_dict({"name": "images", "dataset": "digits", "model": "lenet5", "params": {}})
    with pytest.raises(SpaceError, match=r"\(use the model cnn for other images and mlp for tables\)$"):
        make_plan(space, data("classification", PHOTOS))


def test_what_other_data_would_not_mend_names_no_space() -> None:
    params = {"kernel_size": 50, "padding": "valid"}
    space = space_from_dict({"name": "mine", "dataset": "digits", "model": "cnn", "params": params})
    with pytest.raises(SpaceError, match=r'\(use a smaller kernel, fewer conv_filters, or padding "same"\)$'):
        make_plan(space, data("classification", GREY))


@pytest.mark.parametrize(
    "dataset",
    [data("classification"), data("regression"), data("classification", PHOTOS), data("classification", GREY)],
    ids=["classes", "numbers", "photos", "grey"],
)
def test_what_is_named_suits(dataset: Dataset) -> None:
    name = suiting_space(dataset)
    assert name in bundled_spaces()
    plan, _ = make_plan(load_space(name), dataset)
    assert plan.fits
