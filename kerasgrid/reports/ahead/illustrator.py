"""The illustrator: a process of its own that draws pictures, beside the search and beside the refit of its winner."""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import signal
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kerasgrid.workers.processes import start_aside

if TYPE_CHECKING:
    # The process imports this module at full priority, so this one imports little.
    from kerasgrid.reports.files import ReportFile
    from kerasgrid.run.run import Run

_PATIENCE = 5.0
"""Seconds to wait for a picture. One takes half a second."""

_IMPORTS = (
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "matplotlib.style",
    "kerasgrid.reports.files",
)

_Order = tuple[bytes, list[tuple[str, bytes]]]
"""A run, and the name and the content function of each file, pickled one by one."""

_Answer = tuple[str, bool, bytes | None]
"""The name of a file, whether it could be made, and its content."""


class NoIllustrator:
    """Draws nothing ahead: every file is made when it is asked for, by whoever asks."""

    @property
    def is_there(self) -> bool:
        """Whether there is a process that draws."""
        return False

    def start(self) -> None:
        """Start nothing."""

    def order(self, run: Run, rows: Iterable[ReportFile]) -> None:
        """Draw nothing."""

    def made(self, row: ReportFile, run: Run) -> bytes | None:
        """Return the content of this file of this run."""
        return row.content(run)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


class Illustrator(NoIllustrator):
    """A process that draws pictures; used as a context manager, and leaving it stops the process.

    It gets a run and gives back files: whoever asked writes them. If the process cannot be started, dies, takes too
    long or cannot draw a picture, whoever asked draws that one, so this is never an error. So it is with a picture of
    somebody else's whose module cannot be imported there.

    The process takes 80 MB while it waits, 110 MB once it has drawn.
    """

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._sending: threading.Thread | None = None
        self._waiting: set[str] = set()
        self._drawn: dict[str, bytes | None] = {}
        # Pictures are ordered in a thread of its own; it can be given up meanwhile.
        self._changing = threading.Lock()

    @property
    def is_there(self) -> bool:
        """Whether it was started and has not been given up."""
        return self._pipe is not None

    @property
    def pid(self) -> int | None:
        """The number of the process; None if there is none."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process, which imports what it needs."""
        self.stop()
        ours, theirs = Pipe()
        try:
            # Whatever keeps it from starting, the pictures do not need it.
            with theirs, suppress(Exception):
                self._process = start_aside(_draw_orders, (theirs,))
                self._pipe = ours
        finally:
            if self._pipe is None:
                ours.close()

    def order(self, run: Run, rows: Iterable[ReportFile]) -> None:
        """Have these files of this run drawn, to be fetched by :meth:`made`."""
        if self._pipe is None:
            return
        contents = []
        for row in rows:
            # A function that cannot be pickled draws here.
            with suppress(Exception):
                contents.append((row.name, pickle.dumps(row.content)))
        order = pickle.dumps((pickle.dumps(run), contents))
        with self._changing:
            if self._pipe is None:
                return
            self._waiting = {name for name, _ in contents}
            self._drawn.clear()
            # A process that has been stopped takes no large order; only fetching waits with patience.
            self._sending = threading.Thread(target=_send, args=(self._pipe, order), name="pictures sent", daemon=True)
            self._sending.start()

    def made(self, row: ReportFile, run: Run) -> bytes | None:
        """Return the content of this file: what was drawn of the run that was ordered, else drawn here of this one."""
        while row.name in self._waiting and self._pipe is not None:
            try:
                if not self._pipe.poll(_PATIENCE):
                    raise TimeoutError
                name, is_made, content = self._pipe.recv()
            except (EOFError, OSError):
                self.stop()
            else:
                self._waiting.discard(name)
                if is_made:
                    self._drawn[name] = content
        return self._drawn.pop(row.name) if row.name in self._drawn else row.content(run)

    def stop(self) -> None:
        """End the process, whatever it does."""
        with self._changing:
            if self._process is not None:
                self._process.kill()
                self._process.join()
                self._process = None
            if self._sending is not None:
                # With the other end closed, it ends.
                self._sending.join()
                self._sending = None
            if self._pipe is not None:
                self._pipe.close()
                self._pipe = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _send(pipe: Connection, order: bytes) -> None:
    # If the process has ended, whoever fetches notices.
    with suppress(OSError):
        pipe.send_bytes(order)


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
    orders: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_receive, args=(pipe, orders), daemon=True).start()
    importing = threading.Thread(target=_import_slowly)
    importing.start()
    importing.join()
    # Nobody fetches a picture before the next one is drawn.
    with ThreadPoolExecutor(1) as sender:
        while True:
            order: _Order = pickle.loads(orders.get())
            run = pickle.loads(order[0])
            for name, content in order[1]:
                sender.submit(pipe.send, _drawn(name, content, run))


def _drawn(name: str, content: bytes, run: Run) -> _Answer:
    try:
        return name, True, pickle.loads(content)(run)
    except Exception:  # noqa: BLE001 - whatever it is, whoever asked draws it and learns what is the matter
        return name, False, None


def _receive(pipe: Connection, orders: SimpleQueue[bytes]) -> None:
    try:
        while True:
            orders.put(pipe.recv_bytes())
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
