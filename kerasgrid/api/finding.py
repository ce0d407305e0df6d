"""Where runs are: found by path or by name."""

from __future__ import annotations

import re
from pathlib import Path

from kerasgrid.errors import RunError, nearest
from kerasgrid.run.database import FILE

RUNS = Path("runs")
"""Where runs go, in the current folder, unless the user says otherwise."""

_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?|.*[. ]", re.IGNORECASE | re.DOTALL)
"""What Windows lets no folder be called, whatever stands behind a dot, and ends that it leaves out."""


def default_place(name: str) -> Path:
    """Return the folder of a run of this name, unless the user says another: one that can be on every system."""
    return RUNS / (f"{name}_" if _RESERVED.fullmatch(name) else name)


def run_there(name: str) -> Path | None:
    """Return the folder of a run, given its path or its name under ``runs/``; None if there is none.

    Raises:
        RunError: It cannot be looked for.
    """
    for folder in dict.fromkeys((Path(name), RUNS / name, default_place(name))):
        try:
            if (folder / FILE).is_file():
                return folder
        except OSError as error:  # too long a name, or a folder that may not be searched
            raise RunError(f"cannot be read: {error.strerror}", where=name) from None
    return None


def find_run(name: str) -> Path:
    """Return the folder of a run, given its path or its name under ``runs/``.

    Raises:
        RunError: There is no such run, or it cannot be looked for.
    """
    folder = run_there(name)
    if folder is not None:
        return folder
    known = sorted(path.parent.name for path in RUNS.glob(f"*/{FILE}"))
    near = nearest(name, known)
    hint = f"did you mean {near}?" if near else f"runs here: {', '.join(known)}" if known else "no runs in ./runs"
    raise RunError("there is no run here", where=name, hint=hint)


def named_after(dataset: str) -> str:
    """Return what a run is called after the file, the folder or the name of its data."""
    # The current folder, or one above, is called by its own name.
    return Path(dataset).stem.strip(".") or Path(dataset).resolve().stem
