"""A site that is no process of its own: a cluster's worker trains itself, one thing at a time."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from importlib import import_module

from kerasgrid.errors import KerasgridError, RunError
from kerasgrid.workers.folders import make_folder
from kerasgrid.workers.site import MODULES, Asked, Reply, Trade, put_modules
from kerasgrid.workers.site_of import Files
from kerasgrid.workers.worker import Answer, Handler


class InPlace:
    """Does in this process what a :class:`kerasgrid.workers.site_of.Site` does beside it, with the same methods.

    What has begun ends: there is no process that could be ended in its place.

    Args:
        trade: What is to be done.
        data_key: What its data is called in the worker.
        files: Its data.
        n_slots: How many ask at the same time; they wait for each other.

    Raises:
        OSError: The data cannot be written.
    """

    def __init__(self, trade: Trade, data_key: str, files: Files, n_slots: int) -> None:
        self.data_key = data_key
        self.is_busy = self.is_closed = False
        self._trade = trade
        self._own = make_folder()
        self.folder = self._own.path
        try:
            (self.folder / MODULES).mkdir()
            for name, content in files.items():
                (self.folder / name).write_bytes(content.data)
        except BaseException:
            self._own.remove()
            raise
        self._lock = threading.Lock()
        self._handle: Handler | None = None
        sys.path.insert(0, str(self.folder / MODULES))

    def take_modules(self, sources: Mapping[str, bytes]) -> None:
        """Take the source texts of modules, by their file names."""
        put_modules(self.folder, sources)

    def ask(self, slot: int, asked: Asked, is_wanted: Callable[[], bool]) -> Reply:
        """Return the results."""
        with self._lock:
            self.is_busy = True
            try:
                return Reply([result for request in asked.requests for result in self._results(request)])
            except KerasgridError as error:
                return Reply(error=error)
            except Exception as error:  # noqa: BLE001 - whatever it is, who asked must learn of it
                return Reply(error=RunError("this worker cannot train", got=f"{type(error).__name__}: {error}"))
            finally:
                self.is_busy = False

    def close(self) -> None:
        """Remove the data, in the background: what has begun ends first."""
        if not self.is_closed:
            self.is_closed = True
            threading.Thread(target=self._end, daemon=True).start()

    def _results(self, request: object) -> list[object]:
        if self._handle is None:
            self._handle = self._trade.make_handler(self.folder)
            for module in self._trade.modules:
                import_module(module)
        answers = self._handle(request)
        return [answer.result for answer in ([answers] if isinstance(answers, Answer) else answers)]

    def _end(self) -> None:
        with self._lock:
            sys.path.remove(str(self.folder / MODULES))
            self._handle = None
            self._own.remove()
