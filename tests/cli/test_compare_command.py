"""kerasgrid compare on the command line: what it prints, writes and refuses."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from support.plans import plan_of, space
from support.searches import score, searched
from support.written import Ended, called

import kerasgrid
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit

Call = Callable[..., Ended]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs, of which the second is worse, and one of another metric."""
    folder = tmp_path_factory.mktemp("runs")
    searched(plan_of(), folder / "runs" / "one", FakeFitter(score))
    searched(plan_of(space({"learning_rate": [0.4, 0.5]})), folder / "runs" / "two", FakeFitter(score))
    searched(plan_of(space(metric="loss")), folder / "runs" / "losses", FakeFitter(score))
    return folder


def rate_of(fit: Fit) -> float:
    return float(str(fit.candidate["learning_rate"]))


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], runs: Path) -> Call:
    monkeypatch.chdir(runs)
    return functools.partial(called, monkeypatch, capsys)


def test_it_prints_tables(call: Call) -> None:
    ended = call("compare", "one", "runs/two")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[:2] == [
        "one and two by accuracy",
        "one is better than the other, with 95% confidence, on the same 2 folds; all trials of each count.",
    ]
    assert "learning_rate  [0.001, 0.01, 0.1]  [0.4, 0.5]" in ended.out


def test_a_better_error_is_below(call: Call, tmp_path: Path) -> None:
    for name, rates in (("good", [0.001, 0.01]), ("bad", [0.4, 0.5])):
        searched(plan_of(space({"learning_rate": rates}, metric="loss")), tmp_path / name, FakeFitter(rate_of))
    good, bad, page = tmp_path / "good", tmp_path / "bad", tmp_path / "page.html"
    told = call("compare", bad, good, "--out", page).out
    assert "better: 0.3990 ± 0.0000 below bad in the mean" in told
    assert "better: 0.3990 ± 0.0000 below bad in the mean" in page.read_text()
    assert "worse: 0.3990 ± 0.0000 above good in the mean" in call("compare", good, bad).out
    assert re.search(r"worse: 0\.\d{4} ± 0\.\d{4} below one in the mean", call("compare", "one", "two").out)


def test_it_prints_json(call: Call) -> None:
    ended = call("compare", "one", "two", "--json")
    data = json.loads(ended.out)
    assert [run["name"] for run in data["runs"]] == ["one", "two"]
    assert [run["standing"] for run in data["runs"]] == ["ahead", "behind"]
    assert data["asked_otherwise"] == {"learning_rate": [[0.001, 0.01, 0.1], [0.4, 0.5]]}


def test_it_writes_a_page_and_opens_it(call: Call, runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) is None)
    ended = call("compare", "one", "two", "--out", "mine.html")
    assert ended.out.splitlines()[-1] == "page: mine.html"
    assert "one is better than the other" in (runs / "mine.html").read_text()
    assert opened == []
    ended = call("compare", "one", "two", "--open")
    assert (ended.code, opened) == (0, [(runs / "compare.html").resolve().as_uri()])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["one"], "two runs or more can be compared, got 1 run"),
        (["one", "thre"], "thre: there is no run here (runs here: losses, one, two)"),
        (
            ["one", "losses"],
            "runs that are compared must be ranked by one metric, got accuracy, loss (search one of them again with "
            "--metric: fits that recorded it are reused)",
        ),
    ],
)
def test_it_refuses(call: Call, arguments: list[str], message: str) -> None:
    ended = call("compare", *arguments)
    assert (ended.code, ended.out, ended.err) == (2, "", f"kerasgrid: {message}\n")


def test_python_does_the_same(runs: Path) -> None:
    one = kerasgrid.open_run(runs / "runs/one")
    found = kerasgrid.compare([one, runs / "runs/two"])
    assert found.standings == ("ahead", "behind")
    assert found.parameters["learning_rate"] == [0.001, 0.4]
