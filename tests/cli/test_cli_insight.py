"""The commands that read the results: ``show --effects``, ``narrow``, and ``random --rounds``."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from support.written import Ended, called

from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit
from kerasgrid.space.files import load_space

Call = Callable[..., Ended]


def score(fit: Fit) -> float:
    rate = fit.candidate["learning_rate"]
    assert isinstance(rate, float)
    return 0.9 - 0.1 * abs(math.log10(rate / 3e-3)) - 0.001 * fit.fold


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Call:
    """Run the command line in this process, in a folder of its own, with fake fitters."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("kerasgrid.workers.local.LocalFitter", lambda jobs: FakeFitter(score))

    return partial(called, monkeypatch, capsys)


@pytest.mark.usefixtures("drawn")
def test_effects_are_shown_and_drawn(call: Call) -> None:
    assert call("random", "--trials", "30").code == 0
    ended = call("show", "random", "--effects")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0] == "random on digits: what each axis does"
    assert lines[4] == "axis           importance"
    assert lines[5].startswith("learning_rate  9")
    assert Path("runs/random/effects.png").read_bytes().startswith(b"\x89PNG")
    Path("runs/random/effects.png").unlink()
    ended = call("report", "random")
    assert str(Path("runs/random/effects.png")) in ended.out.splitlines()
    assert Path("runs/random/effects.png").exists()


def test_the_best_trials_and_their_range_are_shown(call: Call) -> None:
    call("random", "--trials", "30")
    lines = call("show", "random").out.splitlines()
    assert sum(line.startswith("Best-") for line in lines) == 5
    assert lines[-3] == "Range of the best 5:"
    assert lines[-1].startswith("learning_rate 0.00")


def test_a_narrower_space_is_printed_or_written_and_can_be_searched(call: Call) -> None:
    call("random", "--trials", "30")
    printed = call("narrow", "random")
    assert (printed.code, printed.err) == (0, "")
    written = call("narrow", "random", "--out", "next.json")
    assert written == (0, "", "")
    assert Path("next.json").read_text() == printed.out
    space = load_space("next.json")
    assert space.name == "random_narrow"
    bounds = space.params["learning_rate"]["log_uniform"]
    assert 1e-4 < bounds["low"] < 3e-3 < bounds["high"] <= 1e-2
    wider = json.loads(call("narrow", "random", "--top", "20").out)["params"]["learning_rate"]["log_uniform"]
    assert wider["low"] < bounds["low"]
    assert call("search", "next.json").code == 0
    # Other draws: with the same seed each would be at the same place of the narrower range.
    assert (space.seed, load_space("runs/random/space.json").seed) == (1, 0)


def test_only_spaces_with_axes_are_narrowed_and_drawn_from(call: Call) -> None:
    params = {"hidden_units": [[4]], "learning_rate": [0.01, 0.1], "epochs": 1}
    space = {"name": "of", "dataset": {"name": "digits", "train_size": 100}, "strategy": "one_factor", "params": params}
    Path("of.json").write_text(json.dumps(space))
    assert call("search", "of.json").code == 0
    message = "only a space whose strategy takes all combinations of its axes can be narrowed, got one_factor\n"
    assert call("narrow", "of") == (2, "", f"kerasgrid: runs/of: {message}")
    rule = "only a space whose strategy takes all combinations of its axes can be searched by another one"
    message = f"kerasgrid: strategy: {rule}, got one_factor\n"
    assert call("random", "of.json", "--trials", "2") == (2, "", message)
    assert call("random", "of.json") == (2, "", message)
    assert call("export", "of", "--to", "csv", "--out", ".") == (
        2, "", "kerasgrid: .: must be the path of a file\n",
    )  # fmt: skip
    call("random", "--trials", "30")
    assert call("narrow", "random", "--out", ".") == (2, "", "kerasgrid: .: must be the path of a file\n")


def test_drawing_from_another_data_set_compares_by_its_metric() -> None:
    from kerasgrid.cli.asked import random_space
    from kerasgrid.cli.data_options import DataAsked

    assert random_space(None).metric == "accuracy"
    assert random_space(None, data=DataAsked("linear")).metric_for("regression") == "mse"
    assert random_space(None, data=DataAsked("fashion_mnist")).metric_for("classification") == "accuracy"


def test_narrowing_to_nothing_is_refused(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "score", lambda fit: math.nan)
    assert call("random", "--trials", "3").code == 1
    ended = call("narrow", "random")
    message = "kerasgrid: random: no trial has a score (there is nothing to narrow the space to)\n"
    assert ended == (2, "", message)
    assert call("narrow", "nowhere").code == 2
    assert call("narrow", "random", "--top", "0").code == 2


def test_rounds_come_closer(call: Call) -> None:
    ended = call("random", "--trials", "30", "--rounds", "3")
    assert ended.code == 0
    assert "30 candidates" in ended.out
    assert json.loads(Path("runs/random/space.json").read_text())["rounds"] == 3
    assert Path("runs/random/results.csv").read_text().splitlines()[0].endswith(",round")
    again = call("random", "--trials", "30", "--rounds", "3")
    assert "reusing 30 of 30 fits" in again.err
    ended = call("random", "--trials", "3", "--rounds", "4")
    assert ended == (2, "", "kerasgrid: rounds: must be at most the number of trials, 3, got 4\n")


def test_the_default_search_takes_as_few_samples_of_another_named_data_set() -> None:
    from kerasgrid.cli.asked import random_space
    from kerasgrid.cli.data_options import DataAsked

    assert random_space(None, data=DataAsked("mnist")).dataset.model_dump(exclude_defaults=True) == {
        "name": "mnist",
        "train_size": 500,
    }
    assert random_space(None, data=DataAsked("mine.npz")).dataset.train_size is None
    assert random_space("digits", data=DataAsked("mnist")).dataset.train_size is None
