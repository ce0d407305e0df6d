"""Where a process of ours spends time besides its work: imports, and the collector of garbage."""

from __future__ import annotations

import atexit
import gc
import importlib
import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def set_up_process() -> None:
    """Set what a process that is all ours needs, before anything else.

    A standard stream that whoever started it has closed leads nowhere: the next file to be opened would take its number
    else, and the file of a worker's data would be what warnings are written into.

    It looks for garbage rarely, and not while it exits: its imports make a million objects that all stay, and to look
    through them at the exit alone takes a fifth of a second. NumPy, here and in the processes that this one starts,
    gets one thread unless the user says otherwise: its others have nothing to do, and wait for it on the cores that
    train. And a letter that the terminal's encoding has not becomes a question mark.
    """
    _open_standard_streams()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.set_threshold(50_000)
    atexit.register(gc.freeze)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _open_standard_streams() -> None:
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free: this one.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w", encoding="utf-8", closefd=False))  # noqa: SIM115


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
