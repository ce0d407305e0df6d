"""Starting worker processes: with modules preloaded, and without importing the caller's main module again."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing import util
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from kerasgrid.errors import RunError, reason
from kerasgrid.system.cores import n_cores as n_cores
from kerasgrid.workers.folders import check_there

_PRELOAD = "kerasgrid.workers.preload"
_METHOD_VARIABLE = "KERASGRID_START_METHOD"
_START_METHODS = ("forkserver", "spawn")
"""The better one first: of a server, a worker starts in a fraction of a second."""

_main_lock = threading.Lock()

_preloaded: tuple[str, ...] = ()
"""What the fork server of this process imports, or has imported."""

_PATIENCE = 1.0
"""Seconds that a server's last processes get to end before another takes its place."""

_LONGEST_FOLDER = 70
"""Bytes of the path of a folder that multiprocessing's sockets still fit into."""

_SHORT_FOLDER = "/tmp"
"""The folder instead of a longer one."""

_WORKER_ENVIRONMENT = {
    # Of GNU's C library: more of the many small pieces of memory that every training step takes and gives back are kept
    # at hand, which makes a step of a small network 6% shorter.
    "GLIBC_TUNABLES": "glibc.malloc.mxfast=0:glibc.malloc.tcache_count=200",
}


def start_server(preload: Sequence[str] = ()) -> None:
    """Begin to import these modules in the fork server, in the background; does nothing where there is none.

    Called early, it overlaps the 3 s that TensorFlow takes with reading the space and the data. A server that runs and
    lacks one of the modules makes way for one that has all of them, unless processes of it still run: then new ones
    import what they need themselves.

    Args:
        preload: Names of modules, in the order of their import.
    """
    global _preloaded
    if start_method() != "forkserver":
        return
    from multiprocessing import forkserver, resource_tracker

    if not set(preload) <= set(_preloaded) and _stop_server():
        _preloaded = tuple(dict.fromkeys((*preload, *_preloaded)))
    forkserver.set_forkserver_preload([_PRELOAD])
    # The server starts this one if it does not run, which would lift the block of interrupts.
    resource_tracker.ensure_running()
    _find_room_for_sockets()
    environment = {**_WORKER_ENVIRONMENT, "KERASGRID_PRELOAD": ",".join(_preloaded)}
    with _main_hidden(), _interrupts_blocked(), _environment(environment):
        forkserver.ensure_running()
    _have_sockets_removed()


def _find_room_for_sockets() -> None:
    """Have multiprocessing keep its sockets in a folder whose path is short enough for one.

    A socket's path may have 104 to 108 bytes, of which multiprocessing's own names take 32; TMPDIR is longer on some
    clusters, where Python before 3.14 then fails with "AF_UNIX path too long".
    """
    if len(os.fsencode(tempfile.gettempdir())) <= _LONGEST_FOLDER or not os.path.isdir(_SHORT_FOLDER):
        return
    before = tempfile.tempdir
    tempfile.tempdir = _SHORT_FOLDER
    try:
        util.get_temp_dir()  # Makes it, once for this process.
    finally:
        tempfile.tempdir = before


def _stop_server() -> bool:
    """End the fork server if no process of it runs; return whether none is there now."""
    from multiprocessing import forkserver
    from multiprocessing.context import ForkServerProcess

    deadline = time.monotonic() + _PATIENCE
    while any(isinstance(child, ForkServerProcess) for child in multiprocessing.active_children()):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    # Python's own tests end it so; there is no public way.
    stop = getattr(forkserver._forkserver, "_stop", None)
    if stop is not None:
        stop()
    return stop is not None or not _preloaded


def start_method() -> str:
    """Return how worker processes start: ``forkserver``, from a process that has imported what they need, or ``spawn``.

    Windows cannot fork; on macOS, what system libraries have begun in other threads does not survive it. The variable
    ``KERASGRID_START_METHOD`` says otherwise, where the system has both.

    Raises:
        RunError: It names none that there is.
    """
    able = [name for name in _START_METHODS if name in multiprocessing.get_all_start_methods()]
    told = os.environ.get(_METHOD_VARIABLE)
    if told:
        if told not in able:
            raise RunError(f"must be {' or '.join(able)}", where=_METHOD_VARIABLE, got=told)
        return told
    return able[0] if sys.platform != "darwin" else "spawn"


def start_process(target: Callable[..., None], args: tuple[Any, ...]) -> BaseProcess:
    """Start a daemon process that runs ``target(*args)``, forked from the server where there is one.

    Raises:
        RunError: if it cannot be started.
    """
    if start_method() == "spawn":
        return _spawned(target, args)
    ended: Exception | None = None
    # A server that has been killed makes way for another one.
    for _ in range(2):
        start_server()
        process = multiprocessing.get_context("forkserver").Process(target=target, args=args, daemon=True)
        try:
            with _main_hidden():
                process.start()
        except (EOFError, OSError) as error:
            _check_sockets()
            ended = error
        else:
            return process
    # What the server itself said is on standard error.
    raise RunError(
        "the process that worker processes are forked from ended",
        got=f"{type(ended).__name__}: {ended}",
        hint=f'see whether python -c "import {", ".join(_preloaded or ("kerasgrid",))}" works',
        exit_code=1,
    ) from ended


def _spawned(target: Callable[..., None], args: tuple[Any, ...]) -> BaseProcess:
    try:
        with _environment(_WORKER_ENVIRONMENT):
            return start_aside(target, args)
    except OSError as error:
        raise RunError("a worker process cannot be started", got=reason(error), exit_code=1) from error


def _check_sockets() -> None:
    """Check that the folder of multiprocessing's sockets is there.

    Raises:
        RunError: Somebody has removed it.
    """
    check_there(Path(util.get_temp_dir()))


@cache
def _have_sockets_removed() -> None:
    """Have the folder of the sockets there when this process exits: multiprocessing's complaint is a traceback."""

    def make() -> None:
        with suppress(OSError):
            os.makedirs(util.get_temp_dir(), exist_ok=True)

    # Just before multiprocessing removes it.
    util.Finalize(None, make, exitpriority=-99)


def start_aside(target: Callable[..., None], args: tuple[Any, ...]) -> BaseProcess:
    """Start a daemon process that runs ``target(*args)`` in a fresh interpreter, for work that needs nothing preloaded.

    Raises:
        OSError: if it cannot be started.
    """
    # Not from the server, which is busy importing; not forked from this process, which has threads.
    process = multiprocessing.get_context("spawn").Process(target=target, args=args, daemon=True)
    if os.name == "posix":
        from multiprocessing import resource_tracker

        # As for the server.
        resource_tracker.ensure_running()
    with _main_hidden(), _interrupts_blocked():
        process.start()
    return process


def n_workers_of(n_jobs: int | None) -> int | None:
    """Return how many processes scikit-learn's ``n_jobs`` means: -1 one per core, -2 one less; None stays None."""
    if n_jobs is None or n_jobs > 0:
        return n_jobs
    # Zero is refused by joblib, in its own words.
    return max(1, n_cores() + 1 + n_jobs)


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    # Ctrl-C reaches the whole process group; the parent alone decides what it means. The server inherits the block,
    # and from it the workers, so that neither shows a traceback, however early it comes.
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _environment(ours: Mapping[str, str]) -> Iterator[None]:
    """Set what the server and workers read when they start, where the user has not."""
    added = {name: value for name, value in ours.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


@contextmanager
def _main_hidden() -> Iterator[None]:
    # multiprocessing has a new process import the main module again, which breaks scripts without a __main__ guard.
    # It finds that module here; our workers need nothing of it.
    with _main_lock:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main
