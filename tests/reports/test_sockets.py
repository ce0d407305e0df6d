"""One more report file, column of results or export is one row, added from outside."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console
from support import searches
from support.contracts import ExportContract, ReportFileContract, ResultColumnContract
from support.drawings import drawing_of
from support.plans import plan_of, space
from support.searches import score, searched
from support.trials import made_run

from kerasgrid.errors import RunError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.reports.ahead.illustrator import Illustrator
from kerasgrid.reports.export.export import EXPORTS, Export, export
from kerasgrid.reports.files import REPORTS, ReportFile
from kerasgrid.reports.folder import check_folder
from kerasgrid.reports.pages.parallel import page_content
from kerasgrid.reports.pictures.figure import new_figure, png, style
from kerasgrid.reports.text.console import print_run
from kerasgrid.reports.text.summary import summary_text
from kerasgrid.reports.write import write_reports
from kerasgrid.run.columns import COLUMNS, Place, ResultColumn
from kerasgrid.run.making import read_run
from kerasgrid.run.run import Run
from kerasgrid.run.store import Store


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A whole search of a list, with names and notes, and one trial that diverged."""
    asked = [
        {"name": "slow", "params": {"learning_rate": 0.001}},
        {"name": "fast", "note": "too fast?", "params": {"learning_rate": 0.1, "optimizer": "SGD"}},
        {"name": "lost", "params": {"learning_rate": 0.5}},
    ]
    folder = tmp_path_factory.mktemp("list") / "run"
    document = {"strategy": "list", "candidates": asked}
    plan = plan_of(space({"hidden_units": [4], "learning_rate": 0.01}, **document))
    fitter = FakeFitter(lambda fit: float("nan") if fit.candidate["learning_rate"] == 0.5 else score(fit))
    searched(plan, folder, fitter)
    with Store.open_readonly(folder) as store:
        return read_run(store)


@pytest.fixture
def empty() -> Run:
    return made_run()


def printed(run: Run) -> str:
    console = Console(file=io.StringIO(), width=200)
    print_run(console, run)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def dot(run: Run) -> bytes | None:
    """A picture of the number of trials, if there is more than one."""
    if len(run.trials) < 2:
        return None
    with style():
        return png(new_figure(1, len(run.trials) / 10))


@pytest.mark.parametrize("row", REPORTS.values(), ids=list(REPORTS))
class TestReportFiles(ReportFileContract):
    pass


@pytest.mark.parametrize("row", [ReportFile("dot.png", "A dot", dot, "trials")])
class TestAReportFileOfSomebodyElse(ReportFileContract):
    pass


@pytest.mark.parametrize("column", COLUMNS.values(), ids=list(COLUMNS))
class TestColumns(ResultColumnContract):
    pass


@pytest.mark.parametrize(
    "form", [row for row in EXPORTS.values() if row.needs is None or find_spec(row.needs)], ids=lambda form: form.name
)
class TestExports(ExportContract):
    pass


@pytest.fixture
def dots() -> Iterator[None]:
    text = ReportFile("names.txt", "What they are called", lambda run: run.name.encode(), label="names")
    with REPORTS.with_row(ReportFile("dot.png", "A <dot>", dot, "trials")), REPORTS.with_row(text):
        yield


@pytest.mark.usefixtures("dots")
def test_an_added_file_is_written_shown_and_taken_away(run: Run, tmp_path: Path) -> None:
    run = replace(run, folder=tmp_path)
    paths = write_reports(run)
    assert paths.path("dot.png") == tmp_path / "dot.png" in paths.pictures
    assert ("names", tmp_path / "names.txt") in paths.named()
    assert {tmp_path / "names.txt", tmp_path / "dot.png"} <= set(paths.written())
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<figcaption>A &lt;dot&gt; (dot.png)</figcaption>" in page
    paths = write_reports(replace(run, trials=run.trials[:1]))
    assert paths.path("dot.png") is None
    assert not (tmp_path / "dot.png").exists()
    assert "dot.png" not in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("dots")
def test_an_added_name_is_a_runs(tmp_path: Path) -> None:
    (tmp_path / "dot.png").write_bytes(b"mine")
    with pytest.raises(RunError, match=r"files whose names a run would take, got dot\.png \("):
        check_folder(tmp_path)


def test_an_added_page_has_a_link(run: Run, tmp_path: Path) -> None:
    with REPORTS.with_row(ReportFile("more.html", "More of it", lambda run: b"<p>")):
        write_reports(replace(run, folder=tmp_path))
        assert '<a href="more.html">More of it</a>' in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_an_added_picture_is_drawn_by_a_whole_search(tmp_path: Path) -> None:
    """One whose module the other process can import, there; one that it cannot, here."""
    local = ReportFile("here.png", "Of here", lambda run: b"drawn", "trials")
    with REPORTS.with_row(drawing_of("who.png")), REPORTS.with_row(local):
        drawing = Illustrator()
        pids: list[int | None] = []
        fitter = FakeFitter(score, on_fit=lambda fit: pids.append(drawing.pid))
        plan = plan_of(space({"learning_rate": [0.001, 0.01]}))
        outcome, _ = searches.run(tmp_path, fitter, plan, illustrator=drawing)
    assert [path.name for path in outcome.paths.pictures][-2:] == ["who.png", "here.png"]
    assert (tmp_path / "who.png").read_text() == f"who.png by {pids[0]}"
    assert (tmp_path / "here.png").read_bytes() == b"drawn"


def test_an_added_column_appears_wherever_it_says(run: Run) -> None:
    places: dict[Place, int] = {"csv": 9, "plot": 9, "page": 8, "terminal": 9, "markdown": -9}
    column = ResultColumn("n_scores", lambda run, trial: len(trial.scores), places, title="scores of {metric}",
                          dtype="int64", is_axis=True)  # fmt: skip
    with COLUMNS.with_row(column):
        assert list(run.to_frame())[-1] == "n_scores"
        assert list(run.to_frame()["n_scores"]) == [2, 2, 2]
        content = page_content(run)
        assert content["table"]["columns"][-1] == {"name": "scores of accuracy", "number": True}
        assert content["experiment"]["datapoints"][0]["values"]["scores of accuracy"] == 2
        assert content["experiment"]["colorby"] == "val_accuracy"
        assert re.search(r"  note +scores of accuracy$", printed(run), re.MULTILINE)
        assert "| scores of accuracy | rank |" in summary_text(run)
    assert "n_scores" not in run.to_frame()
    assert "scores of accuracy" not in printed(run) + summary_text(run)


def test_a_column_is_left_out_where_it_says(run: Run) -> None:
    column = ResultColumn(
        "kept", lambda run, trial: None, {"csv": 9, "page": 9}, shows=lambda run, place: place == "csv", dtype="object"
    )
    with COLUMNS.with_row(column):
        assert "kept" in run.to_frame()
        assert "kept" not in {head["name"] for head in page_content(run)["table"]["columns"]}


def test_an_added_export(run: Run, tmp_path: Path) -> None:
    def write(run: Run, path: Path, epochs: bool) -> None:
        path.write_text(run.name)

    with EXPORTS.with_row(Export("names", "names.txt", write, is_table=False)):
        export(run, "names", tmp_path / "a")
        assert (tmp_path / "a").read_text() == "tiny"
        with pytest.raises(RunError, match="must be one of csv, parquet, json, tensorboard, optuna, names, got xml"):
            export(run, "xml", tmp_path / "b")


def test_a_run_without_a_folder_cannot_be_written(run: Run) -> None:
    with pytest.raises(RunError, match=r"^tiny: the run has no folder to write to$"):
        write_reports(replace(run, folder=None))


def test_names_of_trials_are_kept_by_exports(run: Run, tmp_path: Path) -> None:
    optuna = pytest.importorskip("optuna", reason="needs optuna")
    export(run, "optuna", tmp_path / "study")
    storage = optuna.storages.RDBStorage(f"sqlite:///{tmp_path / 'study'}")
    try:
        trials = optuna.load_study(study_name="tiny", storage=storage).trials
    finally:
        storage.remove_session()
        storage.engine.dispose()
    assert [trial.user_attrs["name"] for trial in trials] == ["slow", "fast", "lost"]
    assert [trial.user_attrs.get("note") for trial in trials] == [None, "too fast?", None]
    pytest.importorskip("tensorboard", reason="needs tensorboard")
    export(run, "tensorboard", tmp_path / "events")
    names = [path.read_bytes() for path in sorted((tmp_path / "events").glob("t*/events*"))]
    assert [name in content for name, content in zip((b"slow", b"fast", b"lost"), names, strict=True)] == [True] * 3


def test_columns_of_a_table_are_those_of_the_file(run: Run, tmp_path: Path) -> None:
    write_reports(replace(run, folder=tmp_path))
    assert list(pd.read_csv(tmp_path / "results.csv")) == list(run.to_frame())
    assert json.loads(run.to_frame()["params"][0])["learning_rate"] == 0.001
