"""A worker process as its crew knows it."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Generic, Protocol, TypeVar


class Timed(Protocol):
    """What comes of a request."""

    @property
    def seconds(self) -> float:
        """Wall time of the work, compiling not included where that is known."""


Request = TypeVar("Request", bound=Hashable)
Result = TypeVar("Result", bound=Timed)


@dataclass(slots=True, eq=False)
class Member(Generic[Request]):
    """A worker process, on which device it is, what it has built, and what it was asked and has not answered yet."""

    number: int
    process: BaseProcess
    pipe: Connection
    place: str = ""
    programs: list[Hashable] = field(default_factory=list)
    n_built: int = 0
    requests: deque[Request] = field(default_factory=deque)
    answered: bool = False
    used_up: bool = False
    alone: bool = False
