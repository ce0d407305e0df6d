"""``effects.png`` and its text: nothing overlaps, whatever the axes are called and however many there are."""

from __future__ import annotations

import io
import math
import random
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from support.scored import scored, space_of
from support.trials import FMNIST, all_fits, diverged, failed, fit_result, grid, made_run, trials_of

from kerasgrid.axes.candidate import Candidate
from kerasgrid.insight.effects import effects
from kerasgrid.insight.ranking import Trial, rank_trials
from kerasgrid.reports.pictures.effects_figure import MAX_PANELS, effects_figure, effects_png, has_effects
from kerasgrid.reports.pictures.figure import BLUE, QUIET, style
from kerasgrid.reports.text.console import print_effects
from kerasgrid.reports.write import write_reports

LONG = [f"a very long name of a category, {number}" for number in range(9)]
RANDOM = {
    "learning_rate": {"log_uniform": {"low": 1e-6, "high": 1e-1}},
    "weight_decay": {"log_uniform": {"low": 1e-8, "high": 1e-4}},
}


def many(n_axes: int, n: int = 60) -> list[Trial]:
    rng = random.Random(0)
    tried = [Candidate({f"axis_{i}": _drawn(rng, i) for i in range(n_axes)}) for _ in range(n)]
    results = []
    for candidate in tried:
        base = math.log10(candidate["axis_0"]) + len(str(candidate.get("axis_1")))  # type: ignore[arg-type]
        lost = candidate["axis_0"] > 0.5  # type: ignore[operator]
        results.append(diverged(candidate, 0) if lost else fit_result(candidate, 0, base))
    return rank_trials(tried, results, metric="accuracy", n_folds=1)


def _drawn(rng: random.Random, index: int) -> Any:
    return (10 ** rng.uniform(-5, 0), rng.choice(LONG[:3]), rng.choice([16, 32, 64]))[index % 3]


def named(names: list[str]) -> list[Trial]:
    tried = grid({"name": names, "batch_size": [16, 32]})
    return trials_of(tried, [fit_result(c, 0, len(str(c["name"])) + c["batch_size"] / 99) for c in tried], n_folds=1)


def noisy_random() -> list[Trial]:
    space = space_of(RANDOM, strategy="random", trials=30)
    return scored(space, lambda c: -abs(math.log10(c["learning_rate"]) + 3), noise=0.1)


CASES = {
    "grid": lambda: trials_of(grid(FMNIST), all_fits(grid(FMNIST))),
    "random": noisy_random,
    "one axis": lambda: scored(space_of({"learning_rate": [0.1, 0.2, 0.3]}), lambda c: c["learning_rate"], n_folds=2),
    "twelve axes": lambda: many(12),
    "long names": lambda: named(LONG),
    "very many names": lambda: named([f"{number} {name}" for number in range(7) for name in LONG]),
    "Korean": lambda: named(["한국어 이름", "다른 이름", "$x$"]),
}


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("case", CASES)
def test_no_text_overlaps_another(case: str) -> None:
    found = effects(CASES[case]())
    assert found.axes
    with style():
        figure = effects_figure(found, "accuracy", "한 search on some data: what each axis does")
        figure.draw_without_rendering()
        texts = [text for text in figure.texts if text.get_text()]
        for panel in figure.axes:
            texts += [panel.title, panel.yaxis.label, *_seen(panel.xaxis), *_seen(panel.yaxis)]
        shown = [text for text in texts if text.get_text() and text.get_visible()]
        # The box around slanted text is larger than the text.
        extents = [(text.get_text(), text.get_window_extent()) for text in shown if text.get_rotation() in (0.0, 90.0)]
        for (one, a), (other, b) in combinations(extents, 2):
            overlap_x = min(a.x1, b.x1) - max(a.x0, b.x0)
            overlap_y = min(a.y1, b.y1) - max(a.y0, b.y0)
            assert overlap_x < 1 or overlap_y < 1, (one, other)
        for text, box in extents:
            assert box.x0 > -1, text
            assert box.x1 < figure.bbox.x1 + 1, text
            assert box.y0 > -1, text
            assert box.y1 < figure.bbox.y1 + 1, text


def _seen(axis: Any) -> list[Any]:
    low, high = sorted(axis.get_view_interval())
    # Panels that share a scale have labels at the first of them only.
    ticks = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=False)
    return [label for place, label in ticks if low <= place <= high]


def test_panels_come_by_importance_with_their_share() -> None:
    found = effects(CASES["grid"]())
    with style():
        figure = effects_figure(found, "accuracy", "x")
    titles = [panel.get_title() for panel in figure.axes]
    assert titles[0] == "learning_rate: 62% of the variance"
    assert len(titles) == 6
    assert {panel.get_ylim() for panel in figure.axes} == {figure.axes[0].get_ylim()}
    assert figure.axes[0].get_ylabel() == "val accuracy"
    # Learning rates as ticks, a point for each of them.
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["0.001", "0.002", "0.01"]


def test_values_show_what_the_forest_predicts_with_raw_means_in_grey_behind() -> None:
    found = effects(many(3))
    place = next(index for index, axis in enumerate(found.axes) if not axis.factor.is_range)
    with style():
        figure = effects_figure(found, "accuracy", "x")
    lines = {line.get_color(): list(line.get_ydata()) for line in figure.axes[place].lines if line.get_marker() in "oD"}
    levels = found.axes[place].levels
    assert lines[BLUE] == [level.marginal for level in levels]
    assert lines[QUIET] == [level.mean for level in levels]
    assert "Blue: what the forest predicts" in figure.get_supxlabel().replace("\n", " ")


def test_an_unknown_error_has_no_bar() -> None:
    tried = grid({"units": [8, 16, 32]})
    found = effects(trials_of(tried, [fit_result(c, 0, c["units"] / 99) for c in tried], n_folds=1))
    assert [level.standard_error for level in found.axes[0].levels] == [None] * 3
    with style():
        caps = [line for line in effects_figure(found, "accuracy", "x").axes[0].lines if line.get_marker() == "_"]
    assert caps
    assert all(math.isnan(y) for line in caps for y in line.get_ydata())


def test_of_many_axes_the_first_are_drawn() -> None:
    with style():
        figure = effects_figure(effects(many(14)), "accuracy", "x")
    assert len(figure.axes) == MAX_PANELS
    assert "12 of 14 axes are drawn." in figure.get_supxlabel()
    assert "× at the bottom: a trial that diverged or failed." in figure.get_supxlabel()


def test_a_few_scores_that_are_far_off_do_not_flatten_the_rest() -> None:
    tried = [Candidate({"dropout": rate / 100}) for rate in range(40)]
    results = [fit_result(c, 0, 1e6 if c["dropout"] == 0.2 else 1 - c["dropout"], metric="loss") for c in tried]
    found = effects(rank_trials(tried, results, metric="loss", n_folds=1))
    with style():
        low, high = effects_figure(found, "loss", "x").axes[0].get_ylim()
    assert high < 1000
    assert low < 0.6


@pytest.mark.parametrize("case", ["Korean", "random"])
def test_the_picture_is_drawn(case: str) -> None:
    found = effects(CASES[case]())
    assert has_effects(found)
    assert effects_png(found, "accuracy", "한국어").startswith(b"\x89PNG")


def test_there_is_no_picture_of_nothing(tmp_path: Path) -> None:
    tried = grid({"learning_rate": [0.1, 0.2]})
    results = all_fits(tried)
    assert not has_effects(effects(trials_of(tried, results)))
    (tmp_path / "effects.png").touch()
    assert write_reports(made_run(trials_of(tried, results), folder=tmp_path)).pictures == []
    assert not (tmp_path / "effects.png").exists()


def printed(trials: list[Trial], **changes: Any) -> list[str]:
    console = Console(file=io.StringIO(), width=80)
    print_effects(console, made_run(trials, **changes))
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


def test_the_text_of_a_grid() -> None:
    lines = printed(CASES["grid"]())
    assert lines[:7] == [
        "fmnist on fashion_mnist: what each axis does",
        "Shares of the variance between 144 trials of a complete grid; <1% of it is noise of the fits and left out of "
        "the shares.",
        "",
        "axis              importance",
        "learning_rate     62%",
        "input_batch_norm  19%",
        "input_dropout     13%",
    ]
    start = lines.index("learning_rate  trials  accuracy")
    assert lines[start + 1] == "0.001          48      0.8818 ± 0.0001"


def test_the_text_of_random_trials_and_of_lost_ones() -> None:
    trials = many(3)
    lines = printed(trials)
    assert lines[1] == f"Shares of the variance over the space, by a random forest that learned {60 - 4} trials."
    assert lines[3] == "4 trials that diverged or failed are counted, but in no mean."
    assert "  lost" in next(line for line in lines if line.startswith("axis_0 ") and "trials" in line)
    assert any(line.endswith(" diverged") for line in lines)
    assert any("marginal" in line for line in lines)


def test_the_text_says_when_nothing_can_be_told() -> None:
    tried = grid({"learning_rate": [0.1, 0.2]})
    assert printed(trials_of(tried, all_fits(tried)))[1:] == [
        "No importance can be told: 2 scored trials tell nothing of any axis."
    ]
    lost = printed(trials_of(tried, [diverged(tried[0], 0), failed(tried[1], 0)]))
    assert lost[1:] == ["No importance can be told: no trial has a score."]
