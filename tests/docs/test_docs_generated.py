"""What the site takes from the program's tables: all of it, and nothing that is not there."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import kerasgrid_docs
import pytest
from kerasgrid_docs import BLOCKS, asked_for, filled, python, results, sockets
from kerasgrid_docs.markdown import attributes_of, from_docstring, table
from support.pages import ROOT, pages

import kerasgrid
from kerasgrid.axes.families import FAMILIES
from kerasgrid.axes.losses import LOSSES
from kerasgrid.axes.parameters import PARAMETERS
from kerasgrid.axes.schedules import SCHEDULES
from kerasgrid.baselines.table import BASELINES
from kerasgrid.cli.app import COMMANDS
from kerasgrid.data.sources import named_sources
from kerasgrid.fits.metric import METRICS, every_choice
from kerasgrid.races.race import RACES
from kerasgrid.registry import Registry
from kerasgrid.reports.export.export import EXPORTS
from kerasgrid.reports.files import REPORTS
from kerasgrid.run.columns import COLUMNS
from kerasgrid.space.dataset_spec import DatasetSpec
from kerasgrid.space.files import bundled_spaces
from kerasgrid.space.spec import Space, file_keys
from kerasgrid.strategies.table import STRATEGIES

NAMES = {
    "baselines": BASELINES,
    "columns": [column.name for column in COLUMNS.values() if "csv" in column.places],
    "data options": DatasetSpec.model_fields,
    "data sets": named_sources(),
    "exports": EXPORTS,
    "losses": LOSSES,
    "metrics": METRICS,
    "models": FAMILIES,
    "parameters": PARAMETERS,
    "races": RACES,
    "report files": REPORTS,
    "schedules": SCHEDULES,
    "space keys": file_keys(),
    "spaces": bundled_spaces(),
    "strategies": STRATEGIES,
}


@pytest.mark.parametrize("block", NAMES)
def test_a_table_has_a_row_for_each_row(block: str) -> None:
    text = BLOCKS[block]()
    assert NAMES[block]
    assert not [name for name in NAMES[block] if f"\n| `{name}` |" not in text]


def test_every_command_has_its_help() -> None:
    text = BLOCKS["commands"]()
    for name in COMMANDS:
        assert f"## `kerasgrid {name}`\n\n```text\nUsage: kerasgrid {name} " in text


def test_every_table_of_the_sockets_is_told() -> None:
    text = sockets.tables()
    assert len(sockets.registries()) > 10
    assert all(isinstance(found, Registry) and f"| `{name}` |" in text for name, found in sockets.registries().items())
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert not [name for name in sockets.registries() if f"| `{name}` |" not in contributing]


def test_everything_of_the_package_is_in_the_reference() -> None:
    text = python.offered()
    assert not [name for name in kerasgrid.__all__ if f":: kerasgrid.{name}\n" not in text]


def test_pages_ask_for_blocks_that_there_are_and_for_all_of_them() -> None:
    asked = [name for page in pages() for name in asked_for(page.read_text(encoding="utf-8"))]
    assert set(asked) == set(BLOCKS)


def test_a_page_is_filled_in() -> None:
    assert filled("# Races\n\n<!-- kerasgrid: races -->\n") == f"# Races\n\n{BLOCKS['races']()}\n"
    with pytest.raises(KeyError, match=r"^'nothing'$"):
        filled("<!-- kerasgrid: nothing -->")


def test_every_column_and_key_is_explained() -> None:
    assert not [column.name for column in COLUMNS.values() if "csv" in column.places and not column.about]
    of_space = attributes_of(Space)
    of_strategies = {key for strategy in STRATEGIES.values() for key in attributes_of(strategy.Keys)}
    assert not [key for key in file_keys() if key not in of_space and key not in of_strategies]
    assert attributes_of(DatasetSpec).keys() == DatasetSpec.model_fields.keys()


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "pinned").glob("*/results.csv")), ids=lambda p: p.parent.name)
def test_every_column_of_a_stored_run_is_in_the_reference(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as stream:
        heads = next(csv.reader(stream))
    text = results.columns()
    general = [re.sub(r"^split\d+_", "split0_", re.sub(r"^param_.*", "param_NAME", head)) for head in heads]
    assert not [head for head in general if f"| `{head}` |" not in text and f"| `{head}, …` |" not in text]


def test_metrics_are_told_for_their_tasks() -> None:
    of_regression = BLOCKS["metrics"]().partition("## For regression")[2].partition("## For")[0]
    assert "| `r2` | R² (share of the variance explained) | greater | always |  |" in of_regression
    assert "`accuracy`" not in of_regression
    assert set(every_choice()) == set(METRICS)


def test_what_is_not_generated_is_explained_where_it_is_made() -> None:
    for name, text in NAMES.items():
        assert BLOCKS[name]().count("\n| `") >= len(list(text)) > 0
    assert kerasgrid_docs.__doc__


def test_markdown_of_docstrings() -> None:
    assert (
        from_docstring("a row of\n    :data:`kerasgrid.fits.metric.METRICS`, see ``x``")
        == "a row of `METRICS`, see `x`"
    )
    assert table(["a", "b"], [["x|y", ""]]) == "| a | b |\n| --- | --- |\n| x\\|y |  |\n"


def test_the_figures_are_those_of_the_benchmarks() -> None:
    assert "| 18 fits of Fashion-MNIST, batch 512 | 22 s | scikeras | 87.5 s | 4.0 |" in BLOCKS["figures"]()
