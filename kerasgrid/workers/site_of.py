"""The site of a cluster's worker, as that worker sees it: made with the first task, ended with the last."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing import Pipe
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kerasgrid.workers.folders import make_folder
from kerasgrid.workers.site import ABORT, MODULES, Asked, Reply, Trade, put_modules

Files = Mapping[str, npt.NDArray[np.uint8]]
"""The bytes of files by their names."""

_MAIN = "from kerasgrid.workers.site import main; main()"
_SECONDS_BETWEEN_LOOKS = 0.2
_PATIENCE = 5.0
"""Seconds that a site may take to stop; it is killed then."""


class SiteEndedError(Exception):
    """The process of a site was killed; what it was at may be tried again."""


class OtherWorkerError(SiteEndedError):
    """The worker that was asked has ended, and another one has its address."""


class NoDataError(Exception):
    """The worker has begun anew and needs the data once more."""


class NotWantedError(Exception):
    """Nobody waits for the answer any more."""


class Site:
    """A process that trains beside this one, and its data in a folder for temporary files.

    Args:
        trade: What it can do.
        data_key: What its data is called in the worker.
        files: Its data.
        n_slots: How many things it does at the same time, each asked for through its own slot.

    Attributes:
        data_key: As given.
        folder: Where its data lies.
        is_closed: Whether it has ended.

    Raises:
        OSError: The data cannot be written, or the process not be started.
    """

    def __init__(self, trade: Trade, data_key: str, files: Files, n_slots: int) -> None:
        self.data_key = data_key
        self._own = make_folder()
        self.folder = self._own.path
        try:
            (self.folder / MODULES).mkdir()
            for name, content in files.items():
                (self.folder / name).write_bytes(content.data)
            pairs = [Pipe() for _ in range(n_slots)]
            theirs = [pair[1] for pair in pairs]
            numbers = [end.fileno() for end in theirs]
            command = [sys.executable, "-c", _MAIN, *map(str, numbers)]
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, pass_fds=numbers, env={**os.environ, "PYTHONPATH": _path()}
            )
        except BaseException:
            self._own.remove()
            raise
        for end in theirs:
            end.close()
        self._slots = [(pair[0], threading.Lock()) for pair in pairs]
        self._n_busy = 0
        self.is_closed = False
        self._slots[0][0].send((self.folder, trade))

    @property
    def is_busy(self) -> bool:
        """Whether an answer is waited for."""
        return self._n_busy > 0

    def take_modules(self, sources: Mapping[str, bytes]) -> None:
        """Take the source texts of modules, by their file names, for those who import them."""
        put_modules(self.folder, sources)

    def ask(self, slot: int, asked: Asked, is_wanted: Callable[[], bool]) -> Reply:
        """Return the site's answer.

        Args:
            slot: Who is asked.
            asked: What.
            is_wanted: Says, again and again, whether the answer is still waited for.

        Raises:
            NotWantedError: It no longer was.
            SiteEndedError: The site's process has ended.
        """
        connection, lock = self._slots[slot]
        with lock:
            self._n_busy += 1
            try:
                connection.send(asked)
                while not connection.poll(_SECONDS_BETWEEN_LOOKS):
                    if is_wanted():
                        continue
                    connection.send(ABORT)
                    if not connection.poll(_PATIENCE):
                        self.close()
                    else:
                        connection.recv()
                    raise NotWantedError
                reply: Reply = connection.recv()
            except (EOFError, OSError) as error:
                self.close()
                raise SiteEndedError(f"the process beside the worker ended ({self._process.poll()})") from error
            finally:
                self._n_busy -= 1
        return reply

    def close(self) -> None:
        """End the process and remove the data, in the background."""
        if not self.is_closed:
            self.is_closed = True
            threading.Thread(target=self._end, daemon=True).start()

    def _end(self) -> None:
        # Its children are gone as soon as it is.
        self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_PATIENCE)
        self._own.remove()
        for connection, _ in self._slots:
            connection.close()


def _path() -> str:
    """Return this process's module path for another one: what was sent to it since it started counts, too."""
    return os.pathsep.join(str(Path(entry or ".").resolve()) for entry in sys.path)
