"""How a worker process comes to its crew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

from kerasgrid.workers.member import Member
from kerasgrid.workers.processes import start_process
from kerasgrid.workers.worker import HandlerMaker, handler_elsewhere, work


@dataclass(frozen=True, slots=True)
class Post:
    """What all workers of a crew are told.

    Attributes:
        folder: Their crew's.
        make_handler: Makes what answers requests.
        modules: What is imported before the first request.
        elsewhere: Where the data lies, if not in the folder.
    """

    folder: Path
    make_handler: HandlerMaker
    modules: Sequence[str]
    elsewhere: Path | None = None


def hired(post: Post, number: int, taken: Iterable[int], place: str, environment: Mapping[str, str]) -> Member[Any]:
    """Start a worker.

    Args:
        post: What it is told.
        number: Its own.
        taken: The slots of the others.
        place: On which device it is.
        environment: Variables that it sets before anything else.

    Raises:
        RunError: It cannot be started.
    """
    ours, theirs = Pipe()
    make = post.make_handler
    if post.elsewhere is not None:
        make = partial(handler_elsewhere, post.elsewhere, make)
    process = start_process(work, (theirs, post.folder, number, make, post.modules, environment))
    theirs.close()
    others = set(taken)
    slot = next(slot for slot in range(1, len(others) + 2) if slot not in others)
    return Member(number, process, ours, place, slot)
