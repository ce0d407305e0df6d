"""The floors of the house: who may import whom, and how large a file may grow."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path

import pytest

import kerasgrid

PACKAGE = Path(kerasgrid.__file__).parent
ROOT = PACKAGE.parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# From the ground up. A module may import from its own floor and from those below.
FLOORS = (
    "errors",
    "registry",
    "system",
    "axes",
    "data",
    "fits",
    "models",
    "insight",
    "strategies",
    "races",
    "space",
    "engine",
    "workers",
    "run",
    "reports",
    "watch",
    "api",
    "estimators",
    "model_selection",
    "cli",
)
HEAVY = {"tensorflow", "keras", "scikeras"}


def named(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def floor_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(node: ast.AST, *, lazy: bool = True) -> Iterator[str]:
    """Yield the dotted names that a module imports; without ``lazy`` only those that its own import brings about."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif lazy or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        is_for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for child in node.orelse if is_for_types else ast.iter_child_nodes(node):
            yield from imports(child, lazy=lazy)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_imports_are_found() -> None:
    source = """
import a
from b.c import d, e
if TYPE_CHECKING:
    import f
else:
    import g
class C:
    import h
def function():
    from i import j
"""
    assert list(imports(ast.parse(source))) == ["a", "b.c.d", "b.c.e", "g", "h", "i.j"]
    assert list(imports(ast.parse(source), lazy=False)) == ["a", "b.c.d", "b.c.e", "g", "h"]


def test_every_module_stands_on_a_floor() -> None:
    assert {floor_of(path) for path in MODULES} == {*FLOORS, "__init__", "__main__"}


@pytest.mark.parametrize("path", [path for path in MODULES if floor_of(path) in FLOORS], ids=named)
def test_imports_run_downward(path: Path) -> None:
    floor = FLOORS.index(floor_of(path))
    ours = [name for name in imports(parsed(path)) if name.split(".")[0] == "kerasgrid"]
    above = [name for name in ours if name.split(".")[1] in FLOORS and FLOORS.index(name.split(".")[1]) > floor]
    assert above == []


def heavy(names: Iterable[str]) -> set[str]:
    """Return the heavy packages among those that these imported names are of."""
    return {name.split(".")[0] for name in names} & HEAVY


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_only_the_engine_imports_tensorflow_and_keras(path: Path) -> None:
    found = set(imports(parsed(path)))
    if floor_of(path) == "engine":
        assert "scikeras" not in heavy(found)
    elif floor_of(path) == "models":
        # Nobody imports these before there is a model to build: see below.
        assert "scikeras" not in heavy(found)
    elif floor_of(path) == "estimators":
        # A user's script makes estimators long before it fits one, and perhaps in another process.
        assert heavy(found) <= {"keras"}
        assert not heavy(imports(parsed(path), lazy=False))
    elif named(path) == "data/download.py":
        # Keras's own download, and only when there is something to download.
        assert {name for name in found if heavy([name])} == {"keras.utils.get_file"}
        assert not heavy(imports(parsed(path), lazy=False))
    else:
        assert not heavy(found)


def module_of(name: str) -> Path | None:
    """Return the file of the module that an imported name is, or is of."""
    parts = name.split(".")[1:]
    for end in range(len(parts), -1, -1):
        place = PACKAGE.joinpath(*parts[:end])
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path.exists():
                return path
    return None


def brought_about(path: Path) -> Iterator[tuple[Path, str]]:
    """Yield what importing this module imports, our own modules followed, with the module that does so."""
    seen, waiting = {path}, [path]
    while waiting:
        here = waiting.pop()
        for name in imports(parsed(here), lazy=False):
            yield here, name
            there = module_of(name) if name.split(".")[0] == "kerasgrid" else None
            if there is not None and there not in seen:
                seen.add(there)
                waiting.append(there)


def test_what_an_import_brings_about_is_found() -> None:
    found = {(named(path), name) for path, name in brought_about(PACKAGE / "engine" / "trainer.py")}
    assert ("engine/trainer.py", "kerasgrid.engine.program.Program") in found
    assert ("engine/program.py", "tensorflow") in found
    assert ("models/factory.py", "keras") in found


@pytest.mark.parametrize("path", [path for path in MODULES if floor_of(path) not in ("engine", "models")], ids=named)
def test_no_other_room_brings_about_the_import_of_tensorflow_and_keras(path: Path) -> None:
    """It takes seconds, and belongs into the processes that train."""
    assert [(named(by), name) for by, name in brought_about(path) if heavy([name])] == []


@pytest.mark.parametrize("path", [path for path in MODULES if floor_of(path) == "workers"], ids=named)
def test_of_the_workers_only_the_local_fitter_knows_the_engine(path: Path) -> None:
    tree = parsed(path)
    assert not [name for name in imports(tree, lazy=False) if name.startswith("kerasgrid.engine")]
    if named(path) != "workers/local.py":
        assert not [name for name in imports(tree) if name.startswith("kerasgrid.engine")]


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_files_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


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
