"""What a run keeps of its fits beside their results, if its space asks for it."""

from __future__ import annotations

from pathlib import Path

from kerasgrid.fits.states import FOLDER, States
from kerasgrid.space.spec import Space


def states_of(space: Space, folder: Path) -> States | None:
    """Return where the states of a space's fits are kept in a run's folder; None if they are not."""
    # Workers have a folder of their own.
    return None if space.keep_states is None else States(folder.resolve() / FOLDER, space.keep_states)
