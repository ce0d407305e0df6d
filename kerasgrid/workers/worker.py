"""A worker process: it answers requests, one after the other, until its crew is done or gone."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """A worker's answer to a request, or one of several.

    Attributes:
        result: What came of it; it has ``seconds``.
        build_seconds: Seconds spent on building a program for it; of several answers, with the last.
        used_up: Whether the worker wants to be replaced.
        needs_all: Whether there is no result yet: the request wants the memory of all workers.
    """

    result: Any
    build_seconds: float = 0.0
    used_up: bool = False
    needs_all: bool = False


Handler = Callable[[Any], Answer | Iterator[Answer]]
"""Answers the requests of one worker: each with one answer, or with as many as its crew waits for."""

HandlerMaker = Callable[[Path], Handler]
"""Makes it in the worker's process from the crew's folder."""


def handler_elsewhere(furnished: Path, make_handler: HandlerMaker, folder: Path) -> Handler:
    """Return the handler of a crew whose data lies not in its own folder but where it was written for several."""
    return make_handler(furnished)


def log_path(folder: Path, number: int) -> Path:
    """Return where the worker of this number writes its standard error."""
    return folder / f"worker-{number}.log"


def ready_path(folder: Path, number: int) -> Path:
    """Return the file by whose being there the worker of this number says that it could answer."""
    return folder / f"worker-{number}.ready"


def work(
    requests: Connection,
    folder: Path,
    number: int,
    make_handler: HandlerMaker,
    modules: Sequence[str],
    environment: Mapping[str, str],
) -> None:
    """Answer requests until the connection closes: the main function of a worker process.

    Args:
        requests: Receives what the handler answers, sends :class:`Answer`.
        folder: What the crew has written for its workers.
        number: This worker's number.
        make_handler: Makes what answers the requests.
        modules: What is imported before the first request.
        environment: Variables that are set before anything else: libraries of devices read them once.
    """
    os.environ.update(environment)
    try:
        _set_up(folder, number)
        _end_with_parent(folder)
        handle = make_handler(folder)
        # Now that the handler has set up what they may import, too.
        for module in modules:
            import_module(module)
        ready_path(folder, number).touch()
    except FileNotFoundError:
        if folder.exists():
            raise
        return  # the search ended while this process was being started
    while True:
        try:
            request = requests.recv()
        except EOFError:
            return
        answers = handle(request)
        for answer in (answers,) if isinstance(answers, Answer) else answers:
            requests.send(answer)


def _set_up(folder: Path, number: int) -> None:
    # These reach the whole process group; the parent alone decides what they mean, and we end with it.
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    # A reader of the search's output would wait for this process, too.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    log = os.open(log_path(folder, number), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    os.dup2(log, 2)
    os.close(log)
    sys.stderr = open(2, "w", buffering=1, closefd=False, encoding="utf-8", errors="replace")  # noqa: SIM115


def _end_with_parent(folder: Path) -> None:
    """End this process as soon as the search that started it is gone, even amid a fit."""
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
