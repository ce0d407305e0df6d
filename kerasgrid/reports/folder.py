"""A run's folder before anything is written to it: the user's own files must not be taken for ours."""

from __future__ import annotations

from pathlib import Path

from kerasgrid.errors import RunError
from kerasgrid.reports.files import REPORTS
from kerasgrid.run import now
from kerasgrid.run.database import FILE, JOINED_FILE, MODEL_FILE
from kerasgrid.system.files import remove_left


def check_folder(folder: Path) -> None:
    """Check that what a search would replace in this folder was written by one.

    Raises:
        RunError: The folder holds files of our names but no run, or a folder of such a name.
    """
    names = (*REPORTS, MODEL_FILE)
    present = [name for name in names if (folder / name).exists() or (folder / name).is_symlink()]
    if present and not (folder / FILE).exists():
        raise RunError(
            "the folder has no run but files whose names a run would take",
            where=str(folder),
            got=", ".join(present),
            hint="choose another folder with --out, or move them away",
        )
    for name in present:
        if (folder / name).is_dir():
            raise RunError("must be a file", where=str(folder / name), got="a folder", hint="move it away")


def tidy(folder: Path) -> None:
    """Remove what a search that was killed amid its reports or its model has left in this folder."""
    remove_left(folder, {*REPORTS, MODEL_FILE, JOINED_FILE, now.FILE})
