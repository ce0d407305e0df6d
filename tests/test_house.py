"""What keeps the house tidy: sizes of files and functions, what it offers, how to begin."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import kerasgrid
from kerasgrid import sockets
from kerasgrid.registry import Registry

PACKAGE = Path(kerasgrid.__file__).parent
ROOT = PACKAGE.parent
MODULES = sorted(PACKAGE.rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_files_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_functions_fit_a_screen(path: Path) -> None:
    """Fifty lines, their docstrings aside."""
    functions = [node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lines = {node.name: node.end_lineno - node.lineno + 1 - of_docstring(node) for node in functions if node.end_lineno}
    assert {name: n for name, n in lines.items() if n > 50} == {}


def of_docstring(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    text = ast.get_docstring(node, clean=False)
    return 0 if text is None else len(text.splitlines())


def test_files_of_tests_have_names_of_their_own() -> None:
    """Two of one name cannot be in one process."""
    counts = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, n in counts.items() if n > 1] == []


def test_what_the_package_offers() -> None:
    assert list(kerasgrid.__all__) == sorted(kerasgrid.__all__)
    assert set(kerasgrid._HOMES) == set(kerasgrid.__all__)
    assert set(kerasgrid.__all__) <= set(dir(kerasgrid))


@pytest.mark.parametrize("name", [name for name in kerasgrid.__all__ if name != "build_model"])
def test_what_the_package_offers_is_there(name: str) -> None:
    thing = getattr(kerasgrid, name)
    home = import_module(f"kerasgrid.{kerasgrid._HOMES[name]}")
    assert thing is getattr(home, name)
    # Its home is where it is made, not a module that imports it.
    assert thing.__module__ == home.__name__


def test_the_model_factory_is_where_it_is_said_to_be() -> None:
    path = PACKAGE / (kerasgrid._HOMES["build_model"].replace(".", "/") + ".py")
    assert "build_model" in {node.name for node in parsed(path).body if isinstance(node, ast.FunctionDef)}


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"^module 'kerasgrid' has no attribute 'serach'$"):
        kerasgrid.serach  # noqa: B018


def test_the_readme_says_how_to_begin() -> None:
    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.skip("there is no README.md")
    text = readme.read_text(encoding="utf-8")
    assert "make demo" in text
    assert "make test" in text


def test_make_clean_leaves_the_runs_and_check_the_tree_as_they_are() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    removed = " ".join(line for line in lines if line.startswith("\trm ")).split()
    assert [name for name in removed if name.startswith("runs")] == ["runs/digits"]
    assert any("HYPOTHESIS_STORAGE_DIRECTORY=" in line and "pytest -p no:cacheprovider" in line for line in lines)


def test_no_room_bears_the_name_of_what_the_package_offers() -> None:
    """Importing such a room would put it in the place of the function: ``kerasgrid.search`` would be a module."""
    for path in MODULES:
        # The preloaded module is for the fork server alone, and __main__ is the command line.
        if path.stem not in ("preload", "__main__"):
            import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    assert [name for name in kerasgrid.__all__ if isinstance(getattr(kerasgrid, name), ModuleType)] == []


@pytest.mark.parametrize("name", sockets.__all__)
def test_every_socket_is_there(name: str) -> None:
    thing = getattr(sockets, name)
    assert name in dir(sockets)
    if name.isupper():
        assert isinstance(thing, Registry)
        assert len(thing) > 0
        assert all(thing[row].name == row for row in thing)
    else:
        assert thing.__module__ == f"kerasgrid.{sockets._HOMES[name]}"


def test_no_socket_of_another_name() -> None:
    with pytest.raises(AttributeError, match=r"^module 'kerasgrid.sockets' has no attribute 'METRIC'$"):
        sockets.METRIC  # noqa: B018
