"""Every notebook runs from beginning to end, on a small budget, and is kept with its outputs.

All run in one kernel, which each of them finds without a name of the others: what workers are forked from, and what
draws, need to be imported only once.

A notebook takes its budget from the environment: ``KERASGRID_SMALL=1`` means the least that runs. One that needs more
than a Python with the package says so in its metadata, as ``{"kerasgrid": {"markers": ["data"]}}``: its test then has
these markers of ``pyproject.toml``.
"""

from __future__ import annotations

import json
import os
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


# What draws ahead starts a process in every search, to import what this kernel has; the tests of it are others.
DRAWN_HERE = """
from kerasgrid.reports.ahead import illustrator, watcher
watcher.suitable_illustrator = illustrator.NoIllustrator
"""
# A notebook finds its own folder, and nothing that the one before has named. The folder comes first: that of the one
# before may be gone, which the other does not bear.
EMPTIED = """
import os
os.chdir({folder!r})
%reset -f
"""


class Kernel:
    """A kernel that runs notebooks, one after the other."""

    def __init__(self, environment: dict[str, str]) -> None:
        from nbclient import NotebookClient

        self._client = NotebookClient
        self._manager = NotebookClient(self._made("")).create_kernel_manager()
        self.run(self._made(DRAWN_HERE), env=environment)

    def run(self, notebook: Any, **options: Any) -> None:
        client = self._client(notebook, km=self._manager, timeout=SECONDS)
        try:
            client.execute(**options)
        finally:
            client.kc.stop_channels()

    def enter(self, folder: Path) -> None:
        self.run(self._made(EMPTIED.format(folder=str(folder))))

    def end(self) -> None:
        from nbclient.util import run_sync

        run_sync(self._manager.shutdown_kernel)(now=True)

    @staticmethod
    def _made(code: str) -> Any:
        from nbformat import v4

        return v4.new_notebook(cells=[v4.new_code_cell(code)])


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    for name in ("nbclient", "nbformat", "ipykernel"):
        pytest.importorskip(name, reason="needs nbclient and ipykernel")
    # Neither their folder nor the user's settings of IPython have a say.
    ours = {
        "KERASGRID_SMALL": "1",
        "IPYTHONDIR": str(tmp_path_factory.mktemp("ipython")),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    kernel = Kernel({**os.environ, **ours})
    try:
        yield kernel
    finally:
        kernel.end()


@pytest.mark.notebooks
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", [marked(path) for path in NOTEBOOKS])
def test_it_runs(path: Path, tmp_path: Path, kernel: Kernel) -> None:
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    kernel.enter(tmp_path)
    kernel.run(notebook)
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
