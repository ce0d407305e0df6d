"""The floors of the house: who may import whom."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
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
    "baselines",
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
    "sockets",
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


@cache
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


MAY_IMPORT_KERAS = {"engine": "at once", "models": "at once", "estimators": "lazily", "data": "lazily"}
"""Rooms: nobody imports a model before there is one to build, and data sets are downloaded by Keras, if at all."""


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_only_some_rooms_import_tensorflow_and_keras(path: Path) -> None:
    when = MAY_IMPORT_KERAS.get(floor_of(path))
    at_once, ever = (heavy(imports(parsed(path), lazy=lazy)) for lazy in (False, True))
    assert "scikeras" not in ever
    assert not at_once or when == "at once"
    assert not ever or when is not None
    assert "tensorflow" not in ever or floor_of(path) in ("engine", "models")


@cache
def module_of(name: str) -> Path | None:
    """Return the file of the module that an imported name is, or is of."""
    parts = name.split(".")[1:]
    for end in range(len(parts), -1, -1):
        place = PACKAGE.joinpath(*parts[:end])
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path.exists():
                return path
    return None


@cache
def at_once(path: Path) -> tuple[str, ...]:
    return tuple(imports(parsed(path), lazy=False))


def brought_about(path: Path) -> Iterator[tuple[Path, str]]:
    """Yield what importing this module imports, our own modules followed, with the module that does so."""
    seen, waiting = {path}, [path]
    while waiting:
        here = waiting.pop()
        for name in at_once(here):
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
def test_of_the_workers_only_those_that_train_know_the_engine(path: Path) -> None:
    tree = parsed(path)
    assert not [name for name in imports(tree, lazy=False) if name.startswith("kerasgrid.engine")]
    if named(path) not in ("workers/local.py", "workers/here.py", "workers/ready.py", "workers/baselines.py"):
        assert not [name for name in imports(tree) if name.startswith("kerasgrid.engine")]


def circles(lazy: bool) -> list[set[str]]:
    """Return the sets of modules that import each other in a loop."""
    graph = {
        named(path): {named(there) for name in imports(parsed(path), lazy=lazy) if (there := ours(name)) is not None}
        for path in MODULES
    }
    reach = {start: reachable(graph, start) for start in graph}
    found = [frozenset(end for end in reach[start] if start in reach[end]) for start in graph]
    return [set(circle) for circle in dict.fromkeys(found) if circle]


def ours(name: str) -> Path | None:
    return module_of(name) if name.split(".")[0] == "kerasgrid" else None


def reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for there in graph[waiting.pop()] - seen:
            seen.add(there)
            waiting.append(there)
    return seen


def test_reachable_is_what_it_says() -> None:
    assert reachable({"a": {"b"}, "b": {"a"}, "c": {"a"}}, "a") == {"a", "b"}
    assert reachable({"a": {"b"}, "b": set()}, "a") == {"b"}


@pytest.mark.parametrize("lazy", [False, True])
def test_no_modules_import_each_other_in_a_circle(lazy: bool) -> None:
    assert circles(lazy) == []
