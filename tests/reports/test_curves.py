"""Learning curves: their data, and curves.png."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trials import FMNIST, all_fits, diverged, failed, fit_result, grid, made_run, trials_of

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.insight.curves import TrialCurves, epochs_table, learning_curves, mean_line
from kerasgrid.insight.ranking import Trial, rank_trials
from kerasgrid.reports.pages.curves_page import curves_header
from kerasgrid.reports.pictures.curves import curves_png, cut_off, draw_curves, fits_text, param_lines, value_range
from kerasgrid.reports.pictures.figure import style

CANDIDATES = grid(FMNIST)[:30]
PARAMS = ["activation", "input_batch_norm", "input_dropout", "optimizer", "learning_rate", "batch_size"]


def curves_of(lines: Sequence[Sequence[float]], metric: str = "accuracy") -> TrialCurves:
    """The curves of one trial whose training goes as its held-out lines do."""
    candidate = Candidate({"learning_rate": 0.1})
    results = [
        FitResult(Fit(candidate, fold), "ok", {metric: line, f"val_{metric}": line}) for fold, line in enumerate(lines)
    ]
    trials = rank_trials([candidate], results, metric=metric, n_folds=len(lines))
    return learning_curves(trials, results, metric)[0]


# The data


def test_curves_are_of_the_best_and_means_over_their_fits() -> None:
    results = all_fits(CANDIDATES)
    trials = trials_of(CANDIDATES, results)
    found = learning_curves(trials, reversed(results), "accuracy", top=20)
    assert [one.trial for one in found] == trials[:20]
    first = found[0]
    assert len(first.train) == len(first.held_out) == 3
    assert [line[-1] for line in first.held_out] == list(trials[0].scores)
    assert first.held_out_mean[-1] == pytest.approx(trials[0].mean)
    assert first.train_mean[-1] == pytest.approx(trials[0].train_score_mean)


def test_trials_without_a_score_have_no_curves() -> None:
    results = [*all_fits(CANDIDATES[:1]), diverged(CANDIDATES[1], 0), failed(CANDIDATES[2], 0)]
    trials = trials_of(CANDIDATES[:4], results)
    assert [one.trial.rank for one in learning_curves(trials, results, "accuracy")] == [1]
    assert learning_curves([], [], "accuracy") == []


def test_what_is_not_finite_is_nan() -> None:
    one = curves_of([[0.1, math.inf, 0.3], [0.3, 0.4, 0.5]])
    assert math.isnan(one.held_out[0][1])
    assert one.held_out_mean[0] == pytest.approx(0.2)
    assert math.isnan(one.held_out_mean[1])


@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5), max_size=4))
def test_a_mean_line_is_as_long_as_the_shortest_and_within(lines: list[list[float]]) -> None:
    mean = mean_line(lines)
    assert len(mean) == min(map(len, lines), default=0)
    for epoch, value in enumerate(mean):
        column = [line[epoch] for line in lines]
        assert min(column) - 1e-6 <= value <= max(column) + 1e-6


def test_a_row_for_each_epoch() -> None:
    results = [fit_result(CANDIDATES[0], fold, 0.5 + fold / 10) for fold in (1, 0)]
    results.append(failed(CANDIDATES[1], 0))
    table = epochs_table(trials_of(CANDIDATES[:2], results, n_folds=2), results)
    assert list(table.columns) == ["rank", "candidate", "fold", "repeat", "epoch", "accuracy", "loss", "val_accuracy"]
    assert list(table["fold"]) == [0, 0, 1, 1]
    assert list(table["epoch"]) == [1, 2, 1, 2]
    assert list(table["val_accuracy"]) == [0.25, 0.5, 0.3, 0.6]
    assert epochs_table([], []).empty


# The picture


def test_the_scale_holds_every_value_if_it_can() -> None:
    low, high = value_range([curves_of([[0.5, 0.6, 0.7]])], "accuracy")
    assert low < 0.5 < 0.7 < high
    assert cut_off([curves_of([[0.5, 0.6, 0.7]])], low, high) == ""
    assert value_range([curves_of([[1.0, 1.0]])], "accuracy") == (0.98, 1.02)
    assert value_range([curves_of([[0.0, 0.0]], "loss")], "loss") == (-0.02, 0.02)


def test_far_off_first_epochs_are_cut_off_and_said() -> None:
    curves = [curves_of([[-90.0, *[0.5 + 0.01 * n for n in range(30)]]], "r2")]
    low, high = value_range(curves, "r2")
    assert 0.4 < low < 0.53
    assert high > 0.79
    assert cut_off(curves, low, high) == f"not shown: epochs below {low:.3g}"
    losses = [curves_of([[50.0, *[2 - 0.01 * n for n in range(30)]]], "loss")]
    low, high = value_range(losses, "loss")
    assert 1.9 < high < 2.1
    assert cut_off(losses, low, high) == f"not shown: epochs above {high:.3g}"


def test_losses_of_many_decades_have_a_logarithmic_scale() -> None:
    curves = [curves_of([[10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001]], "loss")]
    low, high = value_range(curves, "loss")
    assert 0 < low < 0.001 < 10 < high
    with style():
        figure = draw_curves(curves, "loss", [], "a")
    assert figure.axes[0].get_yscale() == "log"


def test_trials_that_all_but_diverged_do_not_flatten_the_others() -> None:
    good, bad = curves_of([[1.0, 0.8, 0.6]], "mse"), curves_of([[1e15, 1e6, 1e6]], "mse")
    low, high = value_range([good, good, bad], "mse")
    assert low < 0.6 < 1.0 < high < 1.1
    assert cut_off([good, bad], low, high) == f"not shown: epochs above {high:.3g}"
    with style():
        texts = [text.get_text() for text in draw_curves([good, good, bad], "mse", [], "a").axes[2].texts]
    assert "off the scale" in texts
    assert value_range([good, curves_of([[2.0, 1.6, 1.2]], "mse")], "mse")[1] > 2


def test_parameters_are_a_few_short_lines() -> None:
    trial = learning_curves(trials_of(CANDIDATES, all_fits(CANDIDATES)), all_fits(CANDIDATES), "accuracy")[0]
    lines = param_lines(trial, [*PARAMS, "unknown"])
    assert ", ".join(lines).count("learning_rate") == 1
    assert all(len(line) <= 44 for line in lines)
    many = {f"a_rather_long_name_of_a_parameter_{n}": "한국어" * 20 for n in range(9)}
    wide = learning_curves(*_one(Candidate(many)), "accuracy")[0]
    assert len(param_lines(wide, list(many))) == 4
    assert param_lines(wide, list(many))[-1].endswith(" …")


def _one(candidate: Candidate) -> tuple[list[Trial], list[FitResult]]:
    results = all_fits([candidate])
    return trials_of([candidate], results), results


@pytest.mark.parametrize("n", [1, 2, 7, 20])
def test_panels_are_in_the_order_of_the_ranks_on_one_scale(n: int) -> None:
    results = all_fits(CANDIDATES[:n])
    trials = trials_of(CANDIDATES[:n], results)
    with style():
        figure = draw_curves(learning_curves(trials, results, "accuracy"), "accuracy", PARAMS, "a title")
        figure.draw_without_rendering()
        assert len(figure.axes) == n
        assert {axes.get_ylim() for axes in figure.axes} == {figure.axes[0].get_ylim()}
        assert {axes.get_xlim() for axes in figure.axes} == {figure.axes[0].get_xlim()}
        heads = [axes.texts[1].get_text() for axes in figure.axes]
        assert [head.split("  ")[0] for head in heads] == [f"#{rank}" for rank in range(1, n + 1)]
        # A mean and three fits, of the training and of the held-out folds, told apart by their dashes.
        lines = figure.axes[0].lines
        assert len(lines) == 8
        assert {line.get_linestyle() for line in lines} == {"-", "--"}
        boxes = [text.get_window_extent() for axes in figure.axes for text in axes.texts]
        overlaps = [(a, b) for i, a in enumerate(boxes) for b in boxes[:i] if a.shrunk(0.9, 0.9).overlaps(b)]
        assert overlaps == []


def test_the_legend_says_how_many_fits_trials_have() -> None:
    one, three, six = (curves_of([[0.5, 0.6]] * n) for n in (1, 3, 6))
    assert fits_text([one]) == ""
    assert fits_text([three, three]) == "3 fits"
    assert fits_text([six, three]) == "3 to 6 fits"
    with style():
        legend = draw_curves([six, three], "accuracy", [], "a").legends[-1]
    assert legend.get_texts()[-1].get_text() == "thin: each of 3 to 6 fits; bold: their mean"
    assert "the mean of its 3 to 6 fits;" in curves_header(made_run(), [six, three], 2, 1).lines[0][1]


def test_png_of_strange_names_and_single_epochs() -> None:
    candidate = Candidate({"한국어 $x$ \n" * 9: "<b>" * 50, "learning_rate": 0.1})
    results = [FitResult(Fit(candidate, 0), "ok", {"accuracy": [0.5], "val_accuracy": [0.25]})]
    trials = rank_trials([candidate], results, metric="accuracy", n_folds=1)
    curves = learning_curves(trials, results, "accuracy")
    first = curves_png(curves, "accuracy", list(candidate), "한국어 $\\frac$ " * 20)
    assert first[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", first[16:24])[0] == round(4.6 * 150)
    assert curves_png(curves, "accuracy", list(candidate), "한국어 $\\frac$ " * 20) == first
