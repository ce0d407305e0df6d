"""Repairing a damaged run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from kerasgrid.api.finding import find_run

if TYPE_CHECKING:
    from kerasgrid.run.repairing import Repaired


def repair(path: str | os.PathLike[str], out: str | os.PathLike[str] | None = None) -> Repaired:
    """Salvage what can be read of a run whose file is damaged.

    Every fit that can be read, and what the search was asked, go into a new file; the damaged one is kept. Searching
    again with the same space trains what is missing. Of a run that is not damaged nothing is changed.

    Args:
        path: The run's folder, or its name under ``runs/``.
        out: A new folder for the run; None to repair it where it is, with the damaged file beside it.

    Returns:
        What was the matter, how much was salvaged, and where everything is.

    Raises:
        RunError: There is no such run, a search is writing there, nothing can be read of it, a newer kerasgrid or
            another program wrote it, or a folder does not take it.

    Examples:
        >>> import kerasgrid
        >>> done = kerasgrid.repair("runs/digits")
        >>> done.damage, done.n_fits, done.kept
    """
    from kerasgrid.run.repairing import repaired

    return repaired(find_run(os.fspath(path)), None if out is None else Path(out))
