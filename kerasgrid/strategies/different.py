"""Which candidates mean different things: with their defaults filled in, they must not be the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kerasgrid.axes.blocks import Label
from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.parameter import shown
from kerasgrid.errors import SpaceError


def meaning(candidate: Candidate, task: str) -> str:
    """Return a text that is the same for candidates that differ in written-out defaults only.

    Raises:
        SpaceError: The candidate does not suit the task.
    """
    return candidate.resolved(task).canonical


def different(candidates: Iterable[Candidate], task: str, taken: Iterable[Candidate] = ()) -> tuple[Candidate, ...]:
    """Return the candidates without those that mean the same as an earlier one, or as one that is taken.

    Raises:
        SpaceError: A candidate does not suit the task.
    """
    old = {meaning(candidate, task) for candidate in taken}
    new: dict[str, Candidate] = {}
    for candidate in candidates:
        new.setdefault(meaning(candidate, task), candidate)
    return tuple(candidate for key, candidate in new.items() if key not in old)


def check_labels(labels: Mapping[Candidate, Label], task: str) -> None:
    """Check that named candidates differ in more than in defaults that some write down.

    Raises:
        SpaceError: Two do not.
    """
    seen: dict[str, str] = {}
    for candidate, label in labels.items():
        key = meaning(candidate, task)
        if key in seen:
            raise SpaceError(
                f"candidates must differ, with their defaults filled in {shown(label.name)} is {shown(seen[key])}",
                where="candidates",
            )
        seen[key] = label.name
