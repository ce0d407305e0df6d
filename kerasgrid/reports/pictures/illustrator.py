"""The illustrator: a process of its own that draws pictures, beside the search and beside the refit of its winner."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kerasgrid.workers.processes import start_aside

if TYPE_CHECKING:
    # The process imports this module at full priority, so this one imports little.
    from kerasgrid.reports.pictures.pictures import Draw, Picture

_PATIENCE = 5.0
"""Seconds to wait for a picture. One takes half a second."""

_IMPORTS = (
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "matplotlib.style",
    "kerasgrid.reports.pictures.pictures",
)


class Illustrator:
    """A process that draws pictures; used as a context manager, and leaving it stops the process.

    It gets what a picture shows and gives back the file: whoever asked writes it. If the process cannot be started,
    dies, takes too long or cannot draw a picture, that one is drawn by whoever asked, so this is never an error.

    The process takes 80 MB while it waits, 110 MB once it has drawn.
    """

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._drawn: dict[str, bytes] = {}

    @property
    def is_there(self) -> bool:
        """Whether it was started and has not been given up."""
        return self._pipe is not None

    def start(self) -> None:
        """Start the process, which imports what it needs."""
        self._stop()
        ours, theirs = Pipe()
        try:
            # Whatever keeps it from starting, the pictures do not need it.
            with theirs, suppress(Exception):
                self._process = start_aside(_draw_orders, (theirs,))
                self._pipe = ours
        finally:
            if self._pipe is None:
                ours.close()

    def ordered(self, pictures: Iterable[Picture]) -> Iterator[Picture]:
        """Have these pictures drawn, and yield each as one to be drawn by fetching it.

        Args:
            pictures: Of which each is made of functions and values that can be pickled.
        """
        for file, draw in pictures:
            if draw is not None:
                self._order(file, draw)
            yield file, None if draw is None else partial(self._fetched, file, draw)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _order(self, file: str, draw: Draw) -> None:
        if self._pipe is not None:
            try:
                self._pipe.send((file, draw))
            except OSError:
                self._stop()

    def _fetched(self, file: str, draw: Draw) -> bytes:
        while file not in self._drawn and self._pipe is not None:
            try:
                if not self._pipe.poll(_PATIENCE):
                    raise TimeoutError
                name, content = self._pipe.recv()
            except (EOFError, OSError):
                self._stop()
            else:
                self._drawn[name] = content
        content = self._drawn.pop(file, None)
        return draw() if content is None else content

    def _stop(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None


def _draw_orders(pipe: Connection) -> None:
    """Be the process: draw what comes, until the pipe ends."""
    # Where a block of signals is not inherited.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What is imported and drawn here is garbage only when this process ends.
    gc.disable()
    # Whoever asked says what there is to say, when it draws what is missing; and a reader of the search's output would
    # otherwise wait for this process, too.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    orders: SimpleQueue[tuple[str, Draw]] = SimpleQueue()
    threading.Thread(target=_receive, args=(pipe, orders), daemon=True).start()
    importing = threading.Thread(target=_import_slowly)
    importing.start()
    importing.join()
    # Nobody fetches a picture before the next one is drawn.
    with ThreadPoolExecutor(1) as sender:
        while True:
            file, draw = orders.get()
            sender.submit(pipe.send, (file, draw()))


def _receive(pipe: Connection, orders: SimpleQueue[tuple[str, Draw]]) -> None:
    try:
        while True:
            orders.put(pipe.recv())
    finally:
        # The other end is closed, or its process has ended, however. Even an import or a picture is left at once.
        os._exit(0)


def _import_slowly() -> None:
    # The processors are for the workers and their TensorFlow, but at the lowest priority, 19, the imports would not be
    # done when a short search ends. Linux lowers the priority of this thread alone, so that pictures are drawn at full
    # speed afterwards; elsewhere it is that of the process.
    if hasattr(os, "nice"):
        os.nice(10)
    for name in _IMPORTS:
        with suppress(Exception):
            importlib.import_module(name)
