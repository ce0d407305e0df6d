"""Every notebook runs from beginning to end in a clean kernel, on a small budget, and is kept with its outputs.

A notebook takes its budget from the environment: ``KERASGRID_SMALL=1`` means the least that runs. One that needs more
than a Python with the package says so in its metadata, as ``{"kerasgrid": {"markers": ["data"]}}``: its test then has
these markers of ``pyproject.toml``.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SECONDS = 600
LARGEST = 500_000


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def marked(path: Path) -> Any:
    markers = read(path)["metadata"].get("kerasgrid", {}).get("markers", [])
    return pytest.param(path, marks=[getattr(pytest.mark, name) for name in markers], id=path.stem)


def code_cells(path: Path) -> Iterator[dict[str, Any]]:
    return (cell for cell in read(path)["cells"] if cell["cell_type"] == "code" and "".join(cell["source"]).strip())


def test_there_are_notebooks() -> None:
    if not (ROOT / "notebooks").exists():
        pytest.skip("there are no notebooks here")
    assert NOTEBOOKS


@pytest.mark.notebooks
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", [marked(path) for path in NOTEBOOKS])
def test_it_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbclient = pytest.importorskip("nbclient", reason="needs nbclient and ipykernel")
    pytest.importorskip("ipykernel", reason="needs nbclient and ipykernel")
    nbformat = pytest.importorskip("nbformat", reason="needs nbclient and ipykernel")
    # Neither its folder nor the user's settings of IPython have a say.
    monkeypatch.setenv("KERASGRID_SMALL", "1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    shutil.copy(path, tmp_path)
    notebook = nbformat.read(tmp_path / path.name, as_version=4)
    client = nbclient.NotebookClient(notebook, timeout=SECONDS, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    assert all(cell.get("execution_count") for cell in notebook.cells if cell.cell_type == "code" and cell.source)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_with_its_outputs(path: Path) -> None:
    assert path.stat().st_size < LARGEST
    counts = [cell["execution_count"] for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1)), "run all cells in order, in a new kernel, and save"
    outputs = [output for cell in code_cells(path) for output in cell["outputs"]]
    assert outputs
    assert not [output for output in outputs if output["output_type"] == "error"]
    text = json.dumps(outputs)
    assert "hiplot.bundle" not in text
    assert str(ROOT) not in text
