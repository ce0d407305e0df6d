"""Where a process of ours spends time besides its work: imports, and the collector of garbage."""

from __future__ import annotations

import atexit
import gc
import importlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def few_collections() -> None:
    """Have this process, which is all ours, look for garbage rarely, and not while it exits.

    Its imports make a million objects that all stay: looking through them at the exit alone takes a fifth of a second.
    """
    gc.set_threshold(50_000)
    atexit.register(gc.freeze)


@contextmanager
def imported_ahead(*names: str) -> Iterator[None]:
    """Import these modules beside the block, which must not need them itself; they are there when it is left.

    One that cannot be imported is left to whoever needs it: there the error belongs.
    """
    # Not a daemon: Python would stop it in the middle of compiled code when it exits.
    thread = threading.Thread(target=_import_all, args=(names,), name="imports")
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _import_all(names: tuple[str, ...]) -> None:
    for name in names:
        with suppress(Exception):
            importlib.import_module(name)
