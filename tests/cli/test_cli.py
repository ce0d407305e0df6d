"""The command line: what it prints, where it puts things, and how it exits."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from urllib.error import URLError

import pytest
import typer
from kerasgrid_docs import filled
from support.trials import noise
from support.written import TINY, Ended, called, write, write_irises

from kerasgrid.api import searching
from kerasgrid.axes.families import FAMILIES
from kerasgrid.axes.parameters import PARAMETERS
from kerasgrid.baselines.fit import BaselineFit, BaselineResult
from kerasgrid.cli import app as cli
from kerasgrid.cli import interrupts, options
from kerasgrid.data import images
from kerasgrid.data.download import Fetch
from kerasgrid.data.sources import named_sources
from kerasgrid.engine.keras_setup import check_backend
from kerasgrid.errors import FitError, RunError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit
from kerasgrid.run.store import Store
from kerasgrid.space.files import bundled_spaces
from kerasgrid.space.schema import space_schema

Call = Callable[..., Ended]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a space in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.json").write_text(json.dumps(TINY))
    return tmp_path


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run the command line in this process."""

    return partial(called, monkeypatch, capsys)


class Pools:
    """Fake fitters in place of the local one, made with ``score`` and ``on_fit``."""

    def __init__(self) -> None:
        self.made: list[FakeFitter] = []
        self.jobs: list[int | None] = []
        self.on_fit: Callable[[Fit], None] = lambda fit: None

    def __call__(self, jobs: int | None) -> FakeFitter:
        check_backend()  # as the local one does
        self.jobs.append(jobs)
        self.made.append(FakeFitter(self.score, on_fit=self.on_fit))
        return self.made[-1]

    @property
    def trained(self) -> list[Fit]:
        """What all of them have trained."""
        return [fit for fitter in self.made for fit in fitter.trained]

    @staticmethod
    def score(fit: Fit) -> float:
        return 0.9 - float(str(fit.candidate["learning_rate"]))


@pytest.fixture
def pools(monkeypatch: pytest.MonkeyPatch) -> Pools:
    made = Pools()
    monkeypatch.setattr("kerasgrid.workers.local.LocalFitter", made)
    monkeypatch.setattr("kerasgrid.workers.ready.start_server", lambda preload: None)
    return made


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    addresses: list[str] = []

    def open_page(address: str) -> bool:
        addresses.append(address)
        return True

    monkeypatch.setattr("webbrowser.open", open_page)
    return addresses


# Searching, with a fake fitter


def test_a_search_writes_a_run_and_says_where(call: Call, pools: Pools, here: Path) -> None:
    ended = call("search", "tiny.json", "--jobs", "3")
    assert ended.code == 0
    assert pools.jobs == [3]
    lines = ended.out.splitlines()
    assert lines[0] == "tiny on digits"
    assert re.fullmatch(r"2 candidates · 4 of 4 fits · (\d+\.\d s|\d+ ms)", lines[1])
    assert (
        "Best accuracy: 0.8900 ± 0.0000 (mean ± standard error of 2 folds; the highest of 2, so a little optimistic)"
        in lines
    )
    assert lines[-6:] == [
        "",
        "report:          runs/tiny/report.html",
        "best parameters: runs/tiny/best_params.json",
        "results:         runs/tiny/results.csv",
        "summary:         runs/tiny/summary.md",
        "model:           runs/tiny/model.keras",
    ]
    assert "Test set: loss 0.0000, accuracy 0.8900" in lines
    assert re.fullmatch(
        r"training 4 fits\n4/4 fits, best accuracy 0\.8900 \((\d\.\d s|\d+ ms)\)\n"
        r"training the best candidate on all training data\n",
        ended.err,
    )
    assert json.loads((here / "runs/tiny/space.json").read_text())["name"] == "tiny"


def test_files_of_ones_own_stay(call: Call, pools: Pools, here: Path) -> None:
    for name in ("my-model.keras", "model.keras", "results.csv"):
        (here / name).write_text("mine")
    ended = call("search", "tiny.json", "--out", ".")
    assert (ended.code, ended.out, pools.trained) == (2, "", [])
    assert ended.err == (
        "kerasgrid: .: the folder has no run but files whose names a run would take, got results.csv, model.keras "
        "(choose another folder with --out, or move them away)\n"
    )
    (here / "model.keras").unlink()
    (here / "results.csv").unlink()
    assert call("search", "tiny.json", "--out", ".").code == 0
    assert (here / "my-model.keras").read_text() == "mine"


def test_a_second_search_reuses_the_first(call: Call, pools: Pools) -> None:
    first = call("search", "tiny.json")
    second = call("search", "tiny.json")
    assert len(pools.trained) == 4
    assert (second.code, second.err) == (0, "reusing 4 of 4 fits\n")
    assert second.out.splitlines()[2:] == first.out.splitlines()[2:]


@pytest.mark.parametrize(
    ("arguments", "folder"),
    [
        (["search", "tiny.json"], "runs/tiny"),
        (["search", "tiny.json", "--seed", "7"], "runs/tiny"),
        (["search", "tiny.json", "--dataset", "digits"], "runs/tiny-digits"),
        (["search", "tiny.json", "--dataset", "data/irises.csv", "--target", "kind"], "runs/tiny-irises"),
        (["search", "tiny.json", "--dataset", "data/IRISES.CSV", "--target", "kind"], "runs/tiny-IRISES"),
        (["search", "tiny.json", "--out", "elsewhere/mine"], "elsewhere/mine"),
        (["search", "digits"], "runs/digits"),
        (["random", "--trials", "2"], "runs/random"),
        (["random", "tiny.json", "--trials", "2"], "runs/tiny"),
    ],
)
def test_where_a_run_goes(call: Call, pools: Pools, here: Path, arguments: list[str], folder: str) -> None:
    (here / "data").mkdir()
    for name in ("irises.csv", "IRISES.CSV"):
        write_irises(here / "data" / name)
    ended = call(*arguments)
    assert ended.code == 0, ended.err
    assert f"report:          {folder}/report.html" in ended.out
    assert (here / folder / "run.sqlite").is_file()


@pytest.mark.parametrize("command", ["search", "random", "check"])
def test_another_metric_may_be_asked_for(command: str, call: Call, pools: Pools, here: Path) -> None:
    ended = call(command, "tiny.json", "--metric", "loss")
    assert ended.code == 0, ended.err
    if command != "check":
        assert json.loads((here / "runs/tiny/space.json").read_text())["metric"] == "loss"
    refuses(
        call(command, "tiny.json", "--metric", "r2"),
        'metric: must suit the task classification, got "r2" (one of accuracy, loss, or another that kerasgrid list '
        "names, by --metric or in the space, or use the space images)",
    )


def test_the_seed_and_the_data_of_the_command_line_win(call: Call, pools: Pools, here: Path) -> None:
    write_irises(here / "irises.csv")
    call("search", "tiny.json", "--dataset", "irises.csv", "--target", "kind", "--seed", "5", "--out", "run")
    space = json.loads((here / "run/space.json").read_text())
    assert (space["seed"], space["dataset"]) == (5, {"path": "irises.csv", "target": "kind"})
    assert {fit.seed for fit in pools.made[0].trained} == {5}
    # Seed 0 is a seed, too.
    call("search", write(here / "seeded.json", seed=3), "--seed", "0", "--out", "zero")
    assert json.loads((here / "zero/space.json").read_text())["seed"] == 0


def test_repeats(call: Call, pools: Pools, here: Path) -> None:
    call("search", "tiny.json")
    assert call("search", "tiny.json", "--repeats", "3").err.splitlines()[0] == "reusing 4 of 12 fits"
    assert json.loads((here / "runs/tiny/space.json").read_text())["repeats"] == 3
    ended = call("random", "tiny.json", "--trials", "1", "--repeats", "2", "--out", "drawn")
    assert (ended.code, len(pools.made[-1].trained)) == (0, 4)
    ended = call("search", "tiny.json", "--repeats", "0")
    assert ended.code == 2
    assert "Error: Invalid value for '--repeats': " in ended.err
    refuses(call("search", "tiny.json", "--repeats", "2000"), "repeats: must be at most 1000, got 2000")


def test_a_race(call: Call, pools: Pools, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def score(fit: Fit) -> float:
        return 0.9 - float(str(fit.candidate["learning_rate"])) + 0.001 * noise(fit.candidate.id, fit.fold)

    monkeypatch.setattr(Pools, "score", staticmethod(score))
    rates = {"learning_rate": [0.01 * n for n in range(1, 11)]}
    write(here / "raced.json", name="raced", cv=4, params=rates)
    ended = call("search", "raced.json", "--race")
    assert ended.err.splitlines()[0] == "training 40 fits at most"
    assert len(pools.made[-1].trained) < 30
    assert json.loads((here / "runs/raced/space.json").read_text())["race"] is True
    sentence = (
        r"\d trials of 10 left the race, too far behind to win: \d+ of 40 fits spared \(--no-race trains them\)\."
    )
    assert re.search(sentence, ended.out)
    left = r"10 +0\.\d+ ± 0\.\d+ .* out after 2 of 4 folds, behind by 0\.0\d+ ± 0\.000\d"
    assert re.search(left, call("show", "raced").out)
    n_trained = len(pools.made[-1].trained)
    assert call("search", "raced.json", "--no-race").err.splitlines()[0] == f"reusing {n_trained} of 40 fits"
    assert "left the race" not in call("show", "raced").out
    # A grid is not raced unless it says so, a random search is.
    assert call("search", "raced.json", "--out", "grid").err.splitlines()[0] == "training 40 fits"
    assert call("random", "raced.json", "--out", "drawn").err.splitlines()[0].startswith("the space has only")
    assert len(pools.made[-1].trained) < 30
    call("random", "raced.json", "--no-race", "--out", "all")
    assert len(pools.made[-1].trained) == 40


def test_baselines_are_asked_for_and_left_out(
    call: Call, pools: Pools, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train(fits: Sequence[BaselineFit], deadline: object) -> Iterator[BaselineResult]:
        for fit in fits:
            yield BaselineResult(fit, {"accuracy": 0.1 + 0.01 * fit.fold}, 0.2)

    monkeypatch.setattr("kerasgrid.api.searching._baseline_trainer", lambda *args: train)
    ended = call("search", "tiny.json", "--baselines")
    assert ended.code == 0
    assert "training simple models to be held against: constant, linear, boosting, neighbours" in ended.err
    assert "Simple models on the same folds:" in ended.out
    assert json.loads((here / "runs/tiny/space.json").read_text())["baselines"] is True
    assert "Simple models" in call("show", "tiny").out
    assert "Simple models" not in call("search", "tiny.json", "--no-baselines").out


def test_confirming(call: Call, pools: Pools, here: Path) -> None:
    call("search", "tiny.json")
    ended = call("confirm", "tiny", "--top", "1", "--repeats", "2", "--jobs", "3")
    assert ended.code == 0
    assert (pools.jobs[-1], len(pools.made[-1].trained)) == (3, 4)
    assert ended.err.splitlines()[:2] == ["reusing 2 of 6 fits", "training 4 fits"]
    told = (
        "Confirmed: 1 trial by 2 new repeats. The winner of the search, now rank 1, won with 0.8900; "
        "4 new fits of it gave 0.8900 ± 0.0000: 0.0000 worse, the optimism of picking the best of 2."
    )
    assert told in ended.out.splitlines()
    assert ended.out.splitlines()[-5] == "report:          runs/tiny/report.html"
    assert told in call("show", "tiny").out.splitlines()
    assert call("confirm", "tiny", "--top", "1", "--repeats", "2").err == "reusing 6 of 6 fits\n"
    pools.on_fit = interrupt
    ended = call("confirm", "tiny")
    assert (ended.code, ended.err.splitlines()[-1]) == (130, f"kerasgrid: interrupted; {GOES_ON}")
    refuses(call("confirm", "nothing"), "nothing: there is no run here (runs here: tiny)")


def interrupt(fit: Fit) -> None:
    raise KeyboardInterrupt


GOES_ON = "the same command goes on where this one stopped"


def test_random_trials(call: Call, pools: Pools, here: Path) -> None:
    axis = {"log_uniform": {"low": 0.001, "high": 0.1}}
    write(here / "drawn.json", name="drawn", strategy="random", trials=3, params={"learning_rate": axis})
    assert call("random", "drawn.json", "--trials", "2").code == 0
    assert len(pools.made[-1].trained) == 4
    ended = call("random", "drawn.json", "--trials", "5")
    assert ended.err.splitlines()[:2] == ["reusing 4 of 10 fits", "training 6 fits"]
    assert call("search", "drawn.json").err.splitlines()[0] == "reusing 6 of 6 fits"
    assert call("random", "drawn.json").err.splitlines()[0] == "reusing 6 of 6 fits"


def test_a_grid_can_be_drawn_from(call: Call, pools: Pools, here: Path) -> None:
    ended = call("random", "tiny.json", "--trials", "1")
    assert (ended.code, len(pools.made[0].trained)) == (0, 2)
    ended = call("random", "tiny.json")
    assert ended.err.splitlines()[0] == "the space has only 2 candidates: trying all of them"


def test_an_interrupt_exits_with_130_and_says_how_to_go_on(call: Call, pools: Pools, here: Path) -> None:
    def on_fit(fit: Fit) -> None:
        if fit.fold == 1:
            raise KeyboardInterrupt

    pools.on_fit = on_fit
    ended = call("search", "tiny.json")
    assert ended.code == 130
    assert ended.err.splitlines() == [
        "training 4 fits",
        "kerasgrid: interrupted; the same command goes on where this one stopped",
    ]
    assert "Incomplete: 1 of 4 fits are done." in ended.out
    assert "report:          runs/tiny/report.html" in ended.out
    assert "model:" not in ended.out
    assert (here / "runs/tiny/report.html").exists()


def test_an_interrupt_before_the_first_fit(call: Call, pools: Pools, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(searching, "dataset_for", interrupted)
    ended = call("search", "tiny.json")
    assert ended == (130, "", "kerasgrid: interrupted; the same command goes on where this one stopped\n")


def test_an_interrupt_that_breaks_off_an_import(call: Call, pools: Pools, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_off(*args: object, **options: object) -> None:
        # What compiled code makes of an exception while it is imported.
        with suppress(KeyboardInterrupt):
            interrupts.interrupt(2, None)
        raise ImportError("initialization failed")

    monkeypatch.setattr(interrupts.Interrupt, "seen", False)
    monkeypatch.setattr(searching, "dataset_for", broken_off)
    ended = call("search", "tiny.json")
    assert ended == (130, "", "kerasgrid: interrupted; the same command goes on where this one stopped\n")


def test_no_other_error_passes_for_an_interrupt(call: Call, pools: Pools, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **options: object) -> None:
        raise ImportError("initialization failed")

    monkeypatch.setattr(searching, "dataset_for", broken)
    with pytest.raises(ImportError, match="initialization failed"):
        call("search", "tiny.json")


def test_running_out_of_time_is_no_failure(call: Call, pools: Pools, monkeypatch: pytest.MonkeyPatch) -> None:
    # A fit takes longer than half of the time.
    monkeypatch.setattr("kerasgrid.fits.deadline.time", SimpleNamespace(monotonic=lambda: 40.0 * len(pools.trained)))
    ended = call("search", "tiny.json", "--max-time", "1m")
    assert ended.code == 0
    assert ended.err.splitlines()[-1] == "kerasgrid: out of time; the same command goes on where this one stopped"
    assert "model:           runs/tiny/model.keras" in ended.out


def test_a_search_whose_fits_all_fail_exits_with_1(call: Call, pools: Pools, here: Path) -> None:
    def fail(fit: Fit) -> float:
        raise FitError("ResourceExhaustedError: out of memory")

    pools.score = fail  # type: ignore[method-assign]
    ended = call("search", "tiny.json")
    assert ended.code == 1
    assert "4 failed" in ended.err
    assert "2 failed: ResourceExhaustedError: out of memory" in ended.out.splitlines()
    assert "No trial has a score." in ended.out.splitlines()
    assert "best parameters" not in ended.out
    assert not (here / "runs/tiny/best_params.json").exists()


def test_an_error_of_the_pool_is_one_line(call: Call, pools: Pools) -> None:
    def on_fit(fit: Fit) -> None:
        raise RunError("a worker process could not start", got="exit status 1")

    pools.on_fit = on_fit
    ended = call("search", "tiny.json")
    assert ended == (2, "", "training 4 fits\nkerasgrid: a worker process could not start, got exit status 1\n")


def test_open_says_if_there_is_no_browser(
    call: Call, pools: Pools, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webbrowser.open", lambda address: False)
    call("search", "tiny.json")
    ended = call("report", "tiny", "--open")
    uri = (here / "runs/tiny/report.html").resolve().as_uri()
    assert (ended.code, ended.err) == (0, f"kerasgrid: there is no browser to open {uri}\n")


def test_open_shows_the_page(call: Call, pools: Pools, opened: list[str], here: Path) -> None:
    call("search", "tiny.json")
    assert opened == []
    call("search", "tiny.json", "--open")
    call("report", "tiny", "--open")
    call("random", "tiny.json", "--trials", "1", "--out", "a b", "--open")
    uri = (here / "runs/tiny/report.html").resolve().as_uri()
    assert opened == [uri, uri, (here / "a b/report.html").resolve().as_uri()]
    assert uri.startswith("file:///")


# Reports


def test_show_prints_what_the_search_printed(call: Call, pools: Pools, here: Path) -> None:
    searched = call("search", "tiny.json")
    for name in ("tiny", "runs/tiny", here / "runs/tiny"):
        shown = call("show", name)
        assert (shown.code, shown.err) == (0, "")
        assert searched.out.startswith(shown.out + "\n")
    only_best = call("show", "tiny", "--top", "1")
    assert "and 1 more" in only_best.out.splitlines()


@pytest.mark.usefixtures("drawn")
def test_report_writes_the_files_again(call: Call, pools: Pools, here: Path) -> None:
    call("search", "tiny.json")
    before = {}
    for name in ("best_params.json", "results.csv", "summary.md", "report.html", "space.json"):
        before[name] = (here / "runs/tiny" / name).read_bytes()
        (here / "runs/tiny" / name).unlink()
    ended = call("report", "tiny")
    names = ("best_params.json", "results.csv", "summary.md", "report.html", "curves.png")
    assert ended == (0, "".join(f"runs/tiny/{name}\n" for name in names), "")
    for name, content in before.items():
        assert (here / "runs/tiny" / name).read_bytes() == content


def test_list_names_everything(call: Call) -> None:
    ended = call("list")
    assert (ended.code, ended.err) == (0, "")
    for name in (*bundled_spaces(), *named_sources(), *FAMILIES, *PARAMETERS):
        assert re.search(rf"^  {name}\b", ended.out, re.MULTILINE), name


def test_schema_is_json(call: Call) -> None:
    ended = call("schema")
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out) == json.loads(json.dumps(space_schema()))
    assert json.loads(ended.out)["additionalProperties"] is False


def test_the_reference_has_the_help(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    page = (Path(__file__).parents[2] / "docs" / "reference" / "command_line.md").read_text(encoding="utf-8")
    with pytest.raises(SystemExit):
        cli.app(["--help"], prog_name="kerasgrid")
    helped = capsys.readouterr().out.strip()
    assert f"```text\n{helped}\n```\n" in filled(page)
    assert "..." not in helped.partition("Commands:")[2]


def test_no_command_prints_the_help(call: Call) -> None:
    helped = call("--help")
    assert helped.code == 0
    for name in (
        "search", "random", "check", "confirm", "report", "show", "narrow", "watch", "export", "list", "schema",
    ):  # fmt: skip
        assert re.search(rf"^  {name} ", helped.out, re.MULTILINE)
    assert call().code == 2


# Wrong input: exit code 2 and one clear message


def refuses(ended: Ended, message: str) -> None:
    assert ended == (2, "", f"kerasgrid: {message}\n")


BUNDLED = "bundled are " + ", ".join(bundled_spaces())


def test_an_unknown_space(call: Call) -> None:
    for command in ("search", "check", "random"):
        refuses(
            call(command, "fmnst"),
            "fmnst: there is no such file and no such bundled space "
            f"(did you mean the bundled space fmnist? {BUNDLED})",
        )


def test_a_file_that_is_no_json(call: Call, here: Path) -> None:
    (here / "broken.json").write_text('{\n  "name": "broken",\n  "dataset" "digits"\n}')
    refuses(
        call("search", "broken.json"),
        "broken.json: line 3, column 13: not valid JSON: Expecting ':' delimiter",
    )


def test_an_unknown_key(call: Call, here: Path) -> None:
    write(here / "typo.json", metric_="accuracy")
    refuses(call("search", "typo.json"), "typo.json: metric_: unknown key (did you mean metric?)")
    write(here / "typo.json", params={"learning_rates": [0.1]})
    refuses(
        call("check", "typo.json"),
        "typo.json: params.learning_rates: there is no such parameter (did you mean learning_rate?)",
    )


def test_several_problems_are_all_told(call: Call, here: Path) -> None:
    write(here / "typo.json", metric_="accuracy", cv=1)
    refuses(
        call("search", "typo.json"),
        "typo.json: 2 problems\n  cv: must be at least 2, got 1\n  metric_: unknown key (did you mean metric?)",
    )


def test_an_unknown_data_set(call: Call, pools: Pools, here: Path) -> None:
    message = "dataset: no data set has this name, got 'digtis' (did you mean 'digits'? known: digits, mnist, "
    message += "fashion_mnist, cifar10, linear, free_fall, sine)"
    refuses(call("search", "tiny.json", "--dataset", "digtis"), message)
    refuses(call("search", write(here / "other.json", dataset="digtis")), message)
    assert not (here / "runs").exists()


def test_a_data_file_that_is_not_there(call: Call, pools: Pools, here: Path) -> None:
    refuses(
        call("search", "tiny.json", "--dataset", "gone.npz"),
        f"gone.npz: must be a file, got nothing there (looked at {here}/gone.npz)",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--target", "kind"], "dataset.target: goes with path only"),
        (["--dataset", "digits", "--target", "kind"], "dataset.target: goes with path only"),
        (["--dataset", "irises.csv"], "irises.csv: say which column is to be predicted, got no target (set "),
        (["--dataset", "irises.csv", "--target", "knid"], "irises.csv: target must be a column, got 'knid' (did you "),
    ],
)
def test_targets(call: Call, pools: Pools, here: Path, arguments: list[str], message: str) -> None:
    write_irises(here / "irises.csv")
    ended = call("search", "tiny.json", *arguments)
    assert ended.code == 2
    assert ended.err.startswith(f"kerasgrid: {message}")


def test_a_data_set_that_is_nowhere(call: Call, pools: Pools, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(fetch: Fetch) -> Path:
        raise URLError("no network in tests")

    monkeypatch.setattr(images, "download", fail)
    row = images.IMAGE_SETS["fashion_mnist"]
    monkeypatch.setitem(images.IMAGE_SETS, row.name, replace(row, more_places=(("Debian's", here / "debian"),)))
    monkeypatch.setenv("KERAS_HOME", str(here / "keras"))
    monkeypatch.delenv("KERASGRID_DATA", raising=False)
    (here / "mine").mkdir()
    for command in ("search", "check"):
        ended = call(command, "fmnist_small", "--data-dir", "mine")
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith(
            "kerasgrid: data set fashion_mnist: found in none of the places and could not be downloaded, got mine; "
            f"Debian's {here}/debian (no such folder); Keras's cache {here}/keras/datasets (no such folder); "
        )
        assert ended.err.endswith("and give that folder with --data-dir DIR or KERASGRID_DATA=DIR)\n")
    refuses(
        call("search", "fmnist_small", "--data-dir", "typo"),
        "data folder: must be a folder, got typo (see --data-dir)",
    )


def test_a_model_that_cannot_take_the_data(call: Call, pools: Pools, here: Path) -> None:
    write_irises(here / "irises.csv")
    write(here / "cnn.json", model="cnn", params={}, dataset={"path": "irises.csv", "target": "kind"})
    refuses(
        call("search", "cnn.json"),
        "model: the model cnn needs images (height × width, or height × width × channels), got inputs of shape 2 "
        "(use the model mlp for tables, or use the space table_classification)",
    )
    assert pools.trained == []


def test_another_backend(call: Call, pools: Pools, monkeypatch: pytest.MonkeyPatch) -> None:
    call("search", "tiny.json")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    for command in ("search", "check"):
        refuses(
            call(command, "tiny.json"),
            "KERAS_BACKEND: kerasgrid trains with Keras's tensorflow backend, got jax "
            "(unset KERAS_BACKEND or set it to tensorflow)",
        )
    # What trains nothing does not care.
    assert call("show", "tiny").code == 0
    assert call("report", "tiny").code == 0


@pytest.mark.parametrize("command", ["show", "report"])
def test_a_run_that_is_not_there(call: Call, pools: Pools, here: Path, command: str) -> None:
    refuses(call(command, "nothing"), "nothing: there is no run here (no runs in ./runs)")
    call("search", "tiny.json", "--out", "runs/tiny")
    call("search", "tiny.json", "--out", "runs/larger")
    refuses(call(command, "nothing"), "nothing: there is no run here (runs here: larger, tiny)")
    refuses(call(command, "tinny"), "tinny: there is no run here (did you mean tiny?)")
    refuses(call(command, "tiny.json"), "tiny.json: there is no run here (did you mean tiny?)")


def test_a_database_of_another_program_stays_as_it_is(call: Call, pools: Pools, here: Path) -> None:
    folder = here / "runs" / "foreign"
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(folder / "run.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE races (runner TEXT)")
    connection.close()
    before = (folder / "run.sqlite").read_bytes()
    message = "runs/foreign/run.sqlite: it was not written by kerasgrid (choose another folder)"
    refuses(call("show", "foreign"), message)
    refuses(call("report", "foreign"), message)
    refuses(call("search", "tiny.json", "--out", "runs/foreign"), message)
    assert (folder / "run.sqlite").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["run.lock", "run.sqlite"]


def test_a_run_that_never_began(call: Call, here: Path) -> None:
    Store.create_or_open(here / "runs" / "empty").close()
    refuses(
        call("show", "empty"),
        "runs/empty: the run is empty: its search ended before it began (search again)",
    )


def test_two_searches_in_one_folder(call: Call, pools: Pools, here: Path) -> None:
    with Store.create_or_open(here / "runs" / "tiny"):
        ended = call("search", "tiny.json")
    assert ended.code == 2
    told = f"kerasgrid: runs/tiny: another search is writing here (process {os.getpid()} on this machine, since "
    assert ended.err.splitlines()[-1].startswith(told)


def test_an_output_folder_that_is_a_file(call: Call, pools: Pools) -> None:
    refuses(
        call("search", "tiny.json", "--out", "tiny.json"),
        "tiny.json: the folder of a run must be a folder that can be written to, got file exists",
    )


@pytest.mark.parametrize("command", ["show", "report"])
def test_a_run_that_cannot_be_looked_for(call: Call, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    refuses(call(command, "x" * 300), f"{'x' * 300}: cannot be read: File name too long")

    def denied(path: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", denied)
    refuses(call(command, "locked/tiny"), "locked/tiny: cannot be read: Permission denied")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("10m", 600),
        ("1h", 3600),
        ("1h30m", 5400),
        ("1h1m1s", 3661),
        (" 5m ", 300),
        ("87600h", 315_360_000),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert options.parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "soon", "0", "0m", "-5", "1.5h", "10 m", "5d", "m", "1m1h", "1_0s", "87601h", "9" * 400, "9" * 5000]
)
def test_nonsense_durations(text: str) -> None:
    with pytest.raises(typer.BadParameter) as caught:
        options.parse_duration(text)
    assert caught.value.message == f"must be a time such as 90s, 10m or 1h30m, got {text}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--max-time", "soon"], "Invalid value for '--max-time': must be a time such as 90s, 10m or 1h30m, got soon"),
        (["--minutes", "0"], "Invalid value for '--minutes': Input should be greater than or equal to 0.01"),
        (
            ["--minutes", "1", "--max-time", "1m"],
            "Invalid value for '--minutes': must not stand beside --max-time, which says the same",
        ),
        (["--out", ""], "Invalid value for '--out': must be the path of a folder, got an empty text"),
        (["--out", "a\udce9"], "Invalid value for '--out': must be a name in UTF-8, got 'a\\udce9'"),
        (["--jobs", "0"], "Invalid value for '--jobs': "),
        (["--seed", "-1"], "Invalid value for '--seed': "),
        (["--sed", "1"], "No such option: --sed"),
    ],
)
def test_wrong_options(call: Call, arguments: list[str], message: str) -> None:
    ended = call("search", "tiny.json", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert f"Error: {message}" in ended.err
    assert "Traceback" not in ended.err


# What is imported

PROBE = """
    import sys
    from kerasgrid.cli.app import app
    try:
        app(sys.argv[1:])
    except SystemExit as end:
        assert end.code == 0, end.code
    print(*sorted({name.split(".")[0] for name in sys.modules}), file=sys.stderr)
"""


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["schema"], ["show", "tiny"], ["report", "tiny"]], ids=str)
def test_tensorflow_is_imported_by_no_command_that_needs_none(
    call: Call, pools: Pools, here: Path, arguments: list[str]
) -> None:
    call("search", "tiny.json")
    command = [sys.executable, "-c", textwrap.dedent(PROBE), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=here)
    imported = set(done.stderr.split())
    assert "kerasgrid" in imported
    assert not imported & {"tensorflow", "keras", "scikeras"}
    if arguments == ["--help"]:
        assert not imported & {"pydantic", "pandas", "numpy", "scipy", "sklearn", "hiplot", "sqlite3"}


AT_THE_SERVERS_START = """
    import sys
    from kerasgrid.workers import ready

    def told(preload):
        print(*sorted({name.split(".")[0] for name in sys.modules}))
        raise SystemExit

    ready.start_server = told
    from kerasgrid.cli.app import app
    app(sys.argv[1:])
"""


@pytest.mark.parametrize("arguments", [["search", "tiny.json", "--max-time", "1h"], ["random"]], ids=str)
def test_nothing_is_waited_for_before_tensorflows_import_begins(here: Path, arguments: list[str]) -> None:
    """It takes longest of all that comes before the first fit, and goes on beside the rest. (Typer needs pydantic.)"""
    command = [sys.executable, "-c", textwrap.dedent(AT_THE_SERVERS_START), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=here)
    imported = set(done.stdout.split())
    assert "kerasgrid" in imported
    assert not imported & {"pandas", "numpy", "scipy", "sklearn", "hiplot", "sqlite3"}
