"""The machines that train, in a line."""

from __future__ import annotations

from collections.abc import Sequence

from kerasgrid.run.machines import Machine
from kerasgrid.system.words import counted


def machines_text(machines: Sequence[Machine], most: int) -> str:
    """Return ``4 workers on 2 machines: north 3 (120 fits), south 1 (33 fits)``; empty without any.

    Args:
        machines: They.
        most: How many are named one by one; of more, only the least and the most fits are told.
    """
    present = [one for one in machines if one.n_workers]
    if not machines:
        return ""
    line = f"{counted(sum(one.n_workers for one in present), 'worker')} on {counted(len(present), 'machine')}"
    if not any(one.n_fits for one in machines):
        return line
    if len(machines) <= most:
        named = [f"{one.name} {one.n_workers:,} ({counted(one.n_fits, 'fit')})" for one in machines]
        return f"{line}: {', '.join(named)}"
    least, greatest = min(one.n_fits for one in machines), max(one.n_fits for one in machines)
    return f"{line}, {least:,} to {counted(greatest, 'fit')} each"
