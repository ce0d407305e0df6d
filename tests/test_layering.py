"""The floors of the house: who may import whom, and how large a file may grow."""

from __future__ import annotations

import ast
from collections.abc import Iterator
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


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_only_models_and_engine_import_keras(path: Path) -> None:
    heavy = {name for name in imports(parsed(path)) if name.split(".")[0] in HEAVY}
    if floor_of(path) in ("models", "engine"):
        assert "scikeras" not in {name.split(".")[0] for name in heavy}
    elif floor_of(path) == "estimators":
        # A user's script makes estimators long before it fits one, and perhaps in another process.
        assert heavy <= {"keras"}
        assert not {name for name in imports(parsed(path), lazy=False) if name.split(".")[0] in HEAVY}
    elif named(path) == "data/download.py":
        # Keras's own download, and only when there is something to download.
        assert heavy == {"keras.utils.get_file"}
        assert not {name for name in imports(parsed(path), lazy=False) if name.split(".")[0] in HEAVY}
    else:
        assert heavy == set()


def test_what_the_parent_process_needs_of_engine_and_models_is_light() -> None:
    """Searching imports these; TensorFlow takes seconds and belongs into the workers."""
    light = ("models/shapes.py", "models/named.py", "engine/compiling.py", "engine/crew.py", "engine/fit.py",
             "engine/fitter.py", "engine/pool.py", "engine/processes.py", "engine/keras_setup.py", "engine/schedule.py",
             "engine/worker.py")  # fmt: skip
    modules = {named(path): path for path in MODULES}
    for name in light:
        at_once = list(imports(parsed(modules[name]), lazy=False))
        assert not {imported for imported in at_once if imported.split(".")[0] in HEAVY}, name
        ours = [imported for imported in at_once if imported.startswith(("kerasgrid.engine.", "kerasgrid.models."))]
        assert {"/".join(imported.split(".")[1:3]) + ".py" for imported in ours} <= set(light), name


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
