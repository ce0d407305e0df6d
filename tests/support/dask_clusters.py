"""Clusters of real processes for tests: a scheduler and workers that can be killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import psutil

if TYPE_CHECKING:
    from distributed import Client

TESTS = Path(__file__).parent.parent


class Processes:
    """A scheduler and workers, each a process of its own, ended when the block ends.

    Args:
        folder: For their files.
        before: What a command begins with, by the number of the worker; -1 is the scheduler.
        host: The address of each, as ``before``.
    """

    def __init__(
        self,
        folder: Path,
        before: Callable[[int], Sequence[str]] = lambda number: (),
        host: Callable[[int], str] = lambda number: "127.0.0.1",
        env: dict[str, str] | None = None,
    ) -> None:
        self._folder = folder
        self._before, self._host = before, host
        paths = os.pathsep.join([str(TESTS.parent), str(TESTS), os.environ.get("PYTHONPATH", "")])
        self._env = {**os.environ, "PYTHONPATH": paths, **(env or {})}
        self.file = folder / "scheduler.json"
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: dict[int, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        self.start_scheduler()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        running = [process for process in (*self.workers.values(), self.scheduler) if process is not None]
        for process in running:
            kill_all(process)

    def start_scheduler(self, *options: str, port: int = 0) -> None:
        """Start the scheduler and wait for its file."""
        self.file.unlink(missing_ok=True)
        arguments = ["scheduler", "--host", self._host(-1), "--port", str(port), "--no-dashboard", "--no-show"]
        self.scheduler = self._start(-1, *arguments, "--scheduler-file", str(self.file), *options)
        wait_for(self.file.exists)

    def start_worker(self, number: int, *options: str, threads: int = 1) -> None:
        """Start a worker process without a nanny, which would start it again."""
        arguments = ["worker", "--scheduler-file", str(self.file), "--host", self._host(number), "--name", str(number)]
        arguments += ["--nthreads", str(threads), "--no-dashboard", "--local-directory", str(self._folder)]
        self.workers[number] = self._start(number, *arguments, *(options or ("--no-nanny",)))

    def kill_worker(self, number: int) -> None:
        """Kill a worker as the system does that has no memory left."""
        self.workers[number].kill()
        self.workers[number].wait()

    def client(self) -> Client:
        """Return a client."""
        from distributed import Client  # only where the extra is installed

        return Client(scheduler_file=str(self.file), set_as_default=False, timeout=30)

    def _start(self, number: int, *arguments: str) -> subprocess.Popen[bytes]:
        command = [*self._before(number), sys.executable, "-m", "dask", *arguments]
        with (self._folder / f"dask-{number}.log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, env=self._env, cwd=self._folder)


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and what it has started."""
    if process.poll() is None:
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
    process.kill()
    process.wait()


def wait_for(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited long enough"
        time.sleep(0.05)
