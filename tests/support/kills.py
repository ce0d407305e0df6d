"""Searches in processes of their own that are disturbed at any moment, and what must come of them all the same.

A :class:`Search` is started as a user does it. A :class:`Blow` is what befalls it: a signal, to one process of it or to
all, or a power cut. Whatever befalls it, the same command goes on: no finished fit is lost or trained again, and the
results are those of a search that nothing has befallen.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import psutil

MARK = "KERASGRID_TEST_MARK"
PATIENCE = 180.0
"""Seconds that a search of seconds may take on a machine that has other things to do."""

ORPHANS_END_WITHIN = 20.0

Rows = dict[tuple[str, str], tuple[int, str]]
"""By table and key: the row, which is another one when it is written again, and when that was."""


class Ended(NamedTuple):
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Search:
    """A search that can be started again and again.

    Attributes:
        command: What starts it.
        home: Where it is started.
        run: The run's folder.
        more: What it has in its environment beside.
    """

    command: Sequence[str]
    home: Path
    run: Path
    more: Mapping[str, str] = field(default_factory=dict)
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    def start(self) -> subprocess.Popen[str]:
        temporary = self.home / "temporary"
        temporary.mkdir(exist_ok=True)
        unset = ("TF_", "KERAS")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(unset)}
        kept = {name: os.environ[name] for name in ("KERASGRID_CACHE",) if name in os.environ}
        # Under nohup it is ignored, and so it would be by what is started.
        before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
        try:
            return subprocess.Popen(
                self.command,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=self.home,
                env={**environment, **kept, **self.more, MARK: self.mark, "TMPDIR": str(temporary)},
                start_new_session=True,
            )
        finally:
            signal.signal(signal.SIGHUP, before)

    def undisturbed(self) -> Ended:
        process = self.start()
        out, err = process.communicate(timeout=PATIENCE)
        return Ended(process.returncode, out, err)

    def alive(self) -> list[psutil.Process]:
        """Return all processes of this search, also those whose parent has ended."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.environ().get(MARK) == self.mark:
                    found.append(process)
        return found

    def rows(self) -> Rows:
        """Return all that is finished and stored."""
        file, found = self.run / "run.sqlite", Rows()
        if not file.exists():
            return found
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection, suppress(sqlite3.Error):
            for table, where in TABLES.items():
                for key, row, at in connection.execute(f"SELECT key, rowid, finished_at FROM {table} {where}"):
                    found[table, key] = (row, at)
        return found


TABLES = {
    "fits": "WHERE status != 'failed'",
    "finals": "WHERE json_extract(result, '$.status') = 'ok'",
    "evaluations": "",
}


class Result(NamedTuple):
    """What a search came to, but for seconds.

    Attributes:
        table: Of ``results.csv``, column by column.
        best: What of ``best_params.json`` does not tell of time.
        keys: What is stored.
        files: The names of the files in its folder, and of what is left in that for temporary files.
    """

    table: Mapping[str, list[str]]
    best: Mapping[str, Any]
    keys: frozenset[tuple[str, str]]
    files: frozenset[str]


def result_of(search: Search) -> Result:
    with open(search.run / "results.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    timeless = [name for name in rows[0] if not name.endswith("_time")]
    best = json.loads((search.run / "best_params.json").read_text())
    told = ("params", "mean", "scores", "test", "status", "n_fits", "n_candidates")
    return Result(
        {name: [row[name] for row in rows] for name in timeless},
        {name: best.get(name) for name in told},
        frozenset(search.rows()),
        frozenset(
            path.name
            for path in (*search.run.rglob("*"), *(search.home / "temporary").glob("kerasgrid-*"))
            if not path.name.startswith("run.sqlite-")  # which SQLite makes and removes
        ),
    )


# What befalls a search.


def _children(process: psutil.Process, words: str) -> list[psutil.Process]:
    return [child for child in process.children() if words in " ".join(child.cmdline())]


def _kill(processes: Sequence[psutil.Process], random: Random) -> bool:
    if not processes:
        return False
    random.choice(processes).kill()
    return True


def parent(search: Search, process: psutil.Process, random: Random) -> bool:
    return _kill([process], random)


def worker(search: Search, process: psutil.Process, random: Random) -> bool:
    return _kill([one for server in _children(process, "forkserver") for one in server.children()], random)


def server(search: Search, process: psutil.Process, random: Random) -> bool:
    return _kill(_children(process, "forkserver"), random)


def illustrator(search: Search, process: psutil.Process, random: Random) -> bool:
    return _kill(_children(process, "spawn_main"), random)


def group(search: Search, process: psutil.Process, random: Random) -> bool:
    os.killpg(process.pid, signal.SIGKILL)
    return True


def interrupt(search: Search, process: psutil.Process, random: Random) -> bool:
    os.killpg(process.pid, signal.SIGINT)
    return True


def interrupt_twice(search: Search, process: psutil.Process, random: Random) -> bool:
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(random.uniform(0.05, 0.5))
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    return True


def termination(search: Search, process: psutil.Process, random: Random) -> bool:
    process.terminate()
    return True


def hang_up(search: Search, process: psutil.Process, random: Random) -> bool:
    os.killpg(process.pid, signal.SIGHUP)
    return True


def power_cut(search: Search, process: psutil.Process, random: Random) -> bool:
    """Go on from what was on the disk at one moment: nothing that a process knows is left, and writes may be torn."""
    everyone = search.alive()
    for one in everyone:
        with suppress(psutil.NoSuchProcess):
            one.suspend()
    copy = search.run.with_name("copy")
    if search.run.exists():
        shutil.copytree(search.run, copy)
    for one in everyone:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    if copy.exists():
        _wait_for(lambda: not search.alive())
        shutil.rmtree(search.run)
        copy.rename(search.run)
        (search.run / "run.sqlite-shm").unlink(missing_ok=True)  # never synced
        log = search.run / "run.sqlite-wal"
        if log.exists() and random.random() < 0.5:
            with open(log, "ab") as file:
                file.write(random.randbytes(random.randrange(1, 5000)))
    return True


class Blow(NamedTuple):
    """What may befall a search.

    Attributes:
        strike: Does it; returns whether there was anything to strike.
        codes: What the search may end with.
        codes_of_scripts: What a script of the user's own may end with, which has Python's answer to signals; none where
            one is not struck by it.
    """

    strike: Callable[[Search, psutil.Process, Random], bool]
    codes: frozenset[int]
    codes_of_scripts: frozenset[int] = frozenset()


_KILLED, _STOPPED, _FINE = frozenset({-signal.SIGKILL, 0}), frozenset({130, 0}), frozenset({0})
_INTERRUPTED, _TERMINATED = frozenset({-signal.SIGINT, 0}), frozenset({-signal.SIGTERM, 0})
BLOWS = {
    "parent": Blow(parent, _KILLED, _KILLED),
    "worker": Blow(worker, _FINE, _FINE),
    "server": Blow(server, _FINE, _FINE),
    "illustrator": Blow(illustrator, _FINE),
    "group": Blow(group, _KILLED, _KILLED),
    "interrupt": Blow(interrupt, _STOPPED, _INTERRUPTED),
    "interrupt twice": Blow(interrupt_twice, _STOPPED, _INTERRUPTED),
    "termination": Blow(termination, _STOPPED, _TERMINATED),
    "hang-up": Blow(hang_up, _STOPPED),
    "power cut": Blow(power_cut, _KILLED, _KILLED),
}
"""Each of them."""


class Struck(NamedTuple):
    """What came of a blow.

    Attributes:
        ended: How the search ended.
        landed: Whether it was struck at all, and not over before.
        at: What was finished just before.
        rows: What was finished when it had ended.
        is_begun: Whether it listened to signals when it was struck; what comes before is Python's affair.
    """

    ended: Ended
    landed: bool
    at: Rows
    rows: Rows
    is_begun: bool


def struck(search: Search, blow: Blow, random: Random, n_rows: int, seconds: float) -> Struck:
    """Start the search and strike it at a moment drawn at random.

    Args:
        search: The search.
        blow: What befalls it.
        random: Draws the moment.
        n_rows: How much an undisturbed search stores.
        seconds: How long one takes.
    """
    process = search.start()
    try:
        one = psutil.Process(process.pid)
        is_due = _moment(search, random, n_rows, seconds)
        landed = is_begun = False
        at = Rows()
        while process.poll() is None and not landed:
            if is_due():
                at, is_begun = search.rows(), _listens(process.pid)
                with suppress(psutil.NoSuchProcess, ProcessLookupError):
                    landed = blow.strike(search, one, random)
            time.sleep(0.02)
        out, err = process.communicate(timeout=PATIENCE)
        _check_nobody_left(search)
    finally:
        for left in search.alive():
            with suppress(psutil.Error):
                left.kill()
        process.communicate()
    return Struck(Ended(process.returncode, out, err), landed, at, search.rows(), is_begun)


def _moment(search: Search, random: Random, n_rows: int, seconds: float) -> Callable[[], bool]:
    """Return what says whether a moment drawn at random has come: by the clock, or after so many results."""
    started = time.monotonic()
    if random.random() < 0.3:
        at = random.uniform(0.0, seconds)
        return lambda: time.monotonic() - started >= at
    n, more = random.randint(len(search.rows()), n_rows), random.uniform(0.0, 0.3)
    due = -1.0

    def is_due() -> bool:
        nonlocal due
        if due < 0 and len(search.rows()) >= n:
            due = time.monotonic() + more
        return due >= 0 and time.monotonic() >= due

    return is_due


def _listens(pid: int) -> bool:
    """Return whether the process has a handler of its own for terminations, which Python has none for."""
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        caught = next(line.split()[1] for line in lines if line.startswith("SigCgt"))
        return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)
    return False


def _check_nobody_left(search: Search) -> None:
    _wait_for(lambda: not search.alive())
    assert [process.cmdline() for process in search.alive()] == []


def _wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + ORPHANS_END_WITHIN
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)


def check_struck(blow: Blow, found: Struck, *, is_script: bool = False) -> None:
    """Check how a struck search ended, and what it said.

    Args:
        blow: What befell it.
        found: What came of that.
        is_script: Whether it is a script of the user's own, where Python says that it was interrupted.
    """
    code, _, err = found.ended
    if is_script and found.at:
        assert code in blow.codes_of_scripts if found.landed else code == 0, (code, err)
        assert "Traceback" not in err or "KeyboardInterrupt" in err.splitlines()[-1], err
    elif found.is_begun or not found.landed:
        assert code in blow.codes if found.landed else code == 0, (code, err)
        assert "Traceback" not in err, err
    assert_kept(found.at, found.rows)


def assert_kept(before: Rows, now: Rows) -> None:
    """Check that what was finished before is there, and is what it was: not lost, and not trained again."""
    assert {key: now.get(key) for key in before} == before
