"""Every loss that the engine offers, under every task that takes it."""

from __future__ import annotations

from kerasgrid.axes.names import TASKS
from kerasgrid.axes.parameters import PARAMETERS, resolve
from kerasgrid.errors import KerasgridError


def losses() -> list[tuple[str, str]]:
    """Return the pairs of a task and a loss."""
    return [(task, loss) for task in TASKS for loss in _names() if _refusal(task, loss) is None]


def refused() -> dict[tuple[str, str], str]:
    """Return why the other pairs are refused."""
    reasons = {(task, loss): _refusal(task, loss) for task in TASKS for loss in _names()}
    return {pair: reason for pair, reason in reasons.items() if reason is not None}


def _names() -> list[str]:
    return sorted(PARAMETERS["loss"].names)


def _refusal(task: str, loss: str) -> str | None:
    try:
        resolve({"model": "conformance:build", "loss": loss}, task)
    except KerasgridError as error:
        return str(error)
    return None
