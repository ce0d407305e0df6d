"""A site: a process beside a worker of a cluster that trains in children of its own, one for each thread of the worker.

A cluster's worker has threads, its own standard error and perhaps TensorFlow in it already, and may have no children
that multiprocessing starts. So it starts this process as any other program, and talks to it through a pipe for each of
its threads. A site lives as long as these pipes: it ends, and its children with it, when the worker does, however.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self

from kerasgrid.errors import KerasgridError, RunError
from kerasgrid.fits.deadline import Deadline
from kerasgrid.system.devices import DEVICES
from kerasgrid.workers.crew import Crew
from kerasgrid.workers.places import Places
from kerasgrid.workers.processes import start_server
from kerasgrid.workers.worker import HandlerMaker

MODULES = "modules"
"""The folder, inside a site's, of the modules that were sent along."""

ABORT = "abort"
"""Sent to a site amid an answer that nobody waits for any more."""

_SECONDS_BETWEEN_LOOKS = 0.2


@dataclass(frozen=True, slots=True)
class Trade:
    """What the processes of a site can do; it is sent by reference.

    Attributes:
        make_handler: Makes in each of them what answers requests.
        rest: From a request to what is left of it once its first result is there; None for nothing.
        preload: Modules for the process that they are forked from.
        modules: Modules that each imports before its first request.
        in_place: Whether there are none: the worker of the cluster does it itself.
        device: The kind of device that they train on; None for whatever the worker of the cluster sees.
    """

    make_handler: HandlerMaker
    rest: Callable[[Any], Any]
    preload: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    in_place: bool = False
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Requests of one program.

    Attributes:
        requests: They.
        program: Its name.
        is_single: Whether it is one request with one answer that is no fit's.
    """

    requests: tuple[Any, ...]
    program: str
    is_single: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """Stands for the result of a request over which training processes died."""

    words: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What a site made of requests.

    Attributes:
        results: Every result, in the order of the requests; fewer of those that nobody waited for any more.
        error: Why nothing can be trained there; None if something can.
    """

    results: Sequence[Any] = ()
    error: KerasgridError | None = None


class SiteCrew(Crew[Any, Any]):
    """One process that answers the requests of one thread of a cluster's worker.

    Args:
        trade: What it can do.
        folder: Where its data lies.
        slot: The number of the thread.
    """

    jobs_option = "threads a worker"

    def __init__(self, trade: Trade, folder: Path, slot: int = 0) -> None:
        super().__init__(trade.make_handler, 1, trade.preload, trade.modules)
        if trade.device is not None:
            self.places = Places(DEVICES[trade.device], slot)
        self.furnished = folder
        self._rest_of = trade.rest
        self._of = ""

    def __enter__(self) -> Self:
        # The crews of a site have threads of one process, and starting a process changes its environment for a moment.
        with _one_at_a_time:
            return super().__enter__()

    def reply(self, asked: Asked, deadline: Deadline) -> Reply:
        """Return what comes of requests before the deadline."""
        self._of = asked.program
        try:
            if asked.is_single:
                answer, words = self._ask(asked.requests[0], asked.program)
                return Reply((Lost(words) if answer is None else answer.result,))
            return Reply([result for _, result in self.answers(asked.requests, deadline)])
        except KerasgridError as error:
            return Reply(error=error)
        except Exception as error:  # noqa: BLE001 - whatever it is, who asked must learn of it
            return Reply(error=RunError("this machine cannot train", got=f"{type(error).__name__}: {error}"))

    def _start(self, number: int, *, alone: bool = False) -> Any:
        with _one_at_a_time:
            return super()._start(number, alone=alone)

    def _program(self, request: Any) -> Hashable:
        return self._of

    def _lost(self, request: Any, words: str) -> Lost:
        return Lost(words)

    def _suspect(self, request: Any) -> Hashable:
        return self._of

    def _rest(self, request: Any, result: Any) -> Any:
        return self._rest_of(request)


_one_at_a_time = threading.Lock()


class _UntilAborted(Deadline):
    """Over as soon as something comes through the pipe: who asked wants no answer, or is gone."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(0.0)
        self._connection = connection

    @property
    def left(self) -> float:
        try:
            return 0.0 if self._connection.poll(0) else _SECONDS_BETWEEN_LOOKS
        except OSError:
            return 0.0


def put_modules(folder: Path, sources: Mapping[str, bytes]) -> None:
    """Write the source texts of modules, by their file names, where those who import them find them."""
    for name, source in sources.items():
        path = folder / MODULES / name
        if not path.exists():
            path.write_bytes(source)


def main() -> None:
    """Answer what comes through the pipes whose descriptors are the arguments, until all are closed."""
    connections = [Connection(int(number)) for number in sys.argv[1:]]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder, trade = connections[0].recv()
    try:
        sys.path.insert(0, str(folder / MODULES))
        start_server(trade.preload)
        if trade.device is not None and trade.device not in DEVICES:  # a row of the user's
            for name in trade.modules:
                import_module(name)
        told = [(connection, trade, folder, slot) for slot, connection in enumerate(connections)]
        threads = [threading.Thread(target=_serve, args=one) for one in told]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)


def _serve(connection: Connection, trade: Trade, folder: Path, slot: int) -> None:
    crew, is_entered = SiteCrew(trade, folder, slot), False
    with ExitStack() as stack, suppress(EOFError, OSError):
        while True:
            asked = connection.recv()
            if asked == ABORT:  # the answer was under way already
                continue
            if not is_entered:
                try:
                    stack.enter_context(crew)
                except KerasgridError as error:
                    connection.send(Reply(error=error))
                    continue
                is_entered = True
            connection.send(crew.reply(asked, _UntilAborted(connection)))
