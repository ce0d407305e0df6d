"""What early stopping and plateaus come to, apart from the training."""

from __future__ import annotations

import re

import pytest

from kerasgrid.axes.axis import Choices
from kerasgrid.axes.axis_reading import parse_axis
from kerasgrid.axes.blocks import Block
from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.parameters import PARAMETERS, resolve
from kerasgrid.errors import SpaceError
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.fits.stopping import check_monitors, check_monitors_of, looks_at_epochs, refit_epochs, watched_share


def test_who_looks_at_epochs_and_at_what() -> None:
    def of(**params: object) -> tuple[bool, float]:
        resolved = resolve(params, "classification")  # type: ignore[arg-type]
        return looks_at_epochs(resolved), watched_share(resolved)

    assert of() == (False, 0.0)
    assert of(early_stopping={}) == (True, 0.1)
    assert of(early_stopping={"validation_split": 0.25}, reduce_on_plateau={}) == (True, 0.25)
    assert of(reduce_on_plateau={}) == (True, 0.0)
    assert of(reduce_on_plateau={"validation_split": 0.2}) == (True, 0.2)


def test_the_refit_takes_the_median() -> None:
    median = resolve({"early_stopping": {}}, "regression")
    assert refit_epochs(median, [3, 9, 4]) == 4
    assert refit_epochs(median, [3, 8]) == 6
    assert refit_epochs(median, []) is None
    assert refit_epochs(resolve({"early_stopping": {"refit": "split"}}, "regression"), [3, 4]) is None
    assert refit_epochs(resolve({}, "regression"), [3, 4]) is None


@pytest.mark.parametrize("name", ["early_stopping", "reduce_on_plateau"])
def test_what_is_monitored_is_measured(name: str) -> None:
    check_monitors(resolve({name: {"monitor": "accuracy"}}, "classification"), "classification")
    message = (
        f"params.{name}.monitor: must be one of loss, accuracy, which are measured of classification, "
        'got "val_loss"'
    )  # fmt: skip
    with pytest.raises(SpaceError, match="^" + re.escape(message) + "$"):
        check_monitors(resolve({name: {"monitor": "val_loss"}}, "classification"), "classification")


def test_what_a_strategy_may_come_to_later_is_checked_at_once() -> None:
    axis = parse_axis(PARAMETERS["early_stopping"], [None, {"monitor": "loss"}, {"monitor": "val_loss"}], "here")
    assert isinstance(axis, Choices)
    with pytest.raises(SpaceError, match=r"^params\.early_stopping\.monitor: "):
        check_monitors_of([Block("mlp", {"early_stopping": axis})], "classification")
    check_monitors_of([Block("mlp", {"early_stopping": Choices(axis.values[:2]), "epochs": axis})], "classification")


def test_a_fit_is_scored_where_its_weights_are_from() -> None:
    curve = {"loss": [3.0, 2.0, 1.0, 0.5], "val_loss": [4.0, 1.0, 2.0, 3.0]}
    fit = Fit(Candidate({}), 0)
    assert FitResult(fit, "ok", curve).score("loss") == 3.0
    restored = FitResult(fit, "ok", curve, best_epoch=2, restored=True)
    assert (restored.score("loss"), restored.n_epochs) == (1.0, 4)
    assert restored.kept_curve == {"loss": [3.0, 2.0], "val_loss": [4.0, 1.0]}
    assert FitResult(fit, "ok", curve, best_epoch=2).score("loss") == 3.0
    assert FitResult(fit, "diverged", curve, best_epoch=2, restored=True).score("loss") is None
    assert FitResult(fit, "failed").n_epochs == 0
