"""The store: what is known about a run, in one SQLite file. Imports neither TensorFlow nor pandas."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import quote

from kerasgrid.engine.fit import Curve, FinalResult, Fit, FitResult, Status
from kerasgrid.errors import RunError
from kerasgrid.space.candidate import Candidate

FILE = "run.sqlite"
LOCK = "run.lock"
SCHEMA_VERSION = 1
APPLICATION_ID = int.from_bytes(b"kgrd", "big")
"""Marks the file as ours, so that no other program's database is taken for a run, or written to."""

_BUSY_SECONDS = 30.0
_KEYS_A_QUERY = 500

_SCHEMA = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE fits (key TEXT PRIMARY KEY, candidate TEXT NOT NULL, fold INTEGER NOT NULL, "
    "repeat INTEGER NOT NULL, seed INTEGER NOT NULL, status TEXT NOT NULL, curve TEXT NOT NULL, "
    "seconds REAL NOT NULL, n_parameters INTEGER NOT NULL, error TEXT, finished_at TEXT NOT NULL)",
    "CREATE TABLE finals (key TEXT PRIMARY KEY, result TEXT NOT NULL, finished_at TEXT NOT NULL)",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)
_COLUMNS = "key, candidate, fold, repeat, seed, status, curve, seconds, n_parameters, error"


class Store:
    """Every finished fit of one run, what the run was asked, and the refitted winner.

    Made by :meth:`create_or_open` or :meth:`open_readonly`; close it, or use it as a context manager. Every write is
    a transaction of its own and on the disk when the call returns, so killing the process loses nothing that was
    written. Use a store in the thread that opened it.

    Every method raises :class:`RunError` if the file is damaged or cannot be read or written.
    """

    def __init__(self, folder: Path, connection: sqlite3.Connection, lock: int | None) -> None:
        self.folder = folder
        self._connection = connection
        self._lock = lock

    @classmethod
    def create_or_open(cls, folder: Path) -> Self:
        """Open the run in this folder for writing; make folder and run if there is none.

        Raises:
            RunError: Another process is writing there, or the folder or the file in it cannot be a run.
        """
        folder = Path(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = _take_lock(folder)
        except OSError as error:
            rule = "the folder of a run must be a folder that can be written to"
            raise RunError(rule, where=str(folder), got=_reason(error)) from error
        try:
            with _explained(folder):
                connection = sqlite3.connect(folder / FILE, timeout=_BUSY_SECONDS, isolation_level=None)
            try:
                with _explained(folder):
                    # Looked at before anything is changed: a file of another program must stay as it is.
                    is_new = not _check(connection, folder)
                    connection.execute("PRAGMA journal_mode = WAL")
                    connection.execute("PRAGMA synchronous = FULL")
                    if is_new:
                        with _transaction(connection):
                            for statement in _SCHEMA:
                                connection.execute(statement)
            except BaseException:
                connection.close()
                raise
        except BaseException:
            os.close(lock)
            raise
        return cls(folder, connection, lock)

    @classmethod
    def open_readonly(cls, folder: Path) -> Self:
        """Open the run in this folder for reading, also while a search is writing to it.

        Raises:
            RunError: There is no run there, the file is not ours or damaged, or a newer kerasgrid wrote it.
        """
        folder = Path(folder)
        if not (folder / FILE).is_file():
            raise _no_run(folder)
        try:
            connection = _connect_readonly(folder, "mode=ro")
        except RunError:
            # A write-ahead log needs a shared-memory file beside it. On a read-only medium there can be none, and
            # without a log nothing can be changing.
            if os.access(folder, os.W_OK) or (folder / f"{FILE}-wal").exists():
                raise
            connection = _connect_readonly(folder, "mode=ro&immutable=1")
        return cls(folder, connection, None)

    def close(self) -> None:
        """Close the file and let other writers in; closing twice does no harm."""
        self._connection.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def put(self, key: str, result: FitResult) -> None:
        """Record what came of a fit, in place of an earlier result of the same key. On the disk on return."""
        fit = result.fit
        # Texts of errors can hold bytes of file names that are no UTF-8.
        error = None if result.error is None else result.error.encode(errors="replace").decode()
        values = (
            key, fit.candidate.canonical, fit.fold, fit.repeat, fit.seed, result.status, _curve_json(result.curve),
            float(result.seconds), int(result.n_parameters), error, _now(),
        )  # fmt: skip
        statement = f"INSERT OR REPLACE INTO fits ({_COLUMNS}, finished_at) VALUES ({', '.join('?' * len(values))})"
        self._write([(statement, values)])

    def finished(self, keys: Iterable[str]) -> dict[str, FitResult]:
        """Return those of the keys that need no training again: ``ok`` or ``diverged``, since both are repeatable.

        ``failed`` fits are left out; they are tried again at the next start.
        """
        return {key: result for key, result in self.known(keys).items() if result.status != "failed"}

    def known(self, keys: Iterable[str]) -> dict[str, FitResult]:
        """Return the results of those of the keys that have one, whatever its status, in the order of the keys."""
        wanted = list(dict.fromkeys(keys))
        found: dict[str, FitResult] = {}
        for start in range(0, len(wanted), _KEYS_A_QUERY):
            part = wanted[start : start + _KEYS_A_QUERY]
            query = f"SELECT {_COLUMNS} FROM fits WHERE key IN ({', '.join('?' * len(part))})"
            found |= {row[0]: self._result(row) for row in self._read(query, part)}
        return {key: found[key] for key in wanted if key in found}

    def results(self) -> list[FitResult]:
        """Return every result there is, in the order of their keys' text.

        Fits of an earlier space, seed or data set of the same folder are among them; :meth:`known` picks.
        """
        return [self._result(row) for row in self._read(f"SELECT {_COLUMNS} FROM fits ORDER BY key")]

    def set_meta(self, **values: Any) -> None:
        """Record facts about the run by name, all or none of them; each is anything that JSON can hold."""
        statement = "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)"
        rows = [(name, json.dumps(value, ensure_ascii=False)) for name, value in values.items()]
        self._write([(statement, row) for row in rows])

    def meta(self) -> dict[str, Any]:
        """Return the recorded facts about the run."""
        rows = self._read("SELECT name, value FROM meta ORDER BY name")
        with _explained(self.folder):
            return {name: json.loads(value) for name, value in rows}

    def put_final(self, key: str, result: FinalResult) -> None:
        """Record the refit of a winner under a key made of what it was: candidate, data and seed."""
        matrix = result.confusion_matrix
        value = {
            "status": result.status,
            "curve": json.loads(_curve_json(result.curve)),
            "test": None if result.test is None else {name: float(number) for name, number in result.test.items()},
            "confusion_matrix": None if matrix is None else [[int(count) for count in row] for row in matrix],
            "model_path": result.model_path,
            "seconds": float(result.seconds),
            "error": result.error,
        }
        statement = "INSERT OR REPLACE INTO finals (key, result, finished_at) VALUES (?, ?, ?)"
        self._write([(statement, (key, json.dumps(value, ensure_ascii=False), _now()))])

    def final(self, key: str) -> FinalResult | None:
        """Return the recorded refit of this key; None if there is none."""
        rows = self._read("SELECT result FROM finals WHERE key = ?", [key])
        with _explained(self.folder):
            return FinalResult(**json.loads(rows[0][0])) if rows else None

    def _result(self, row: Sequence[Any]) -> FitResult:
        with _explained(self.folder):
            _, candidate, fold, repeat, seed, status, curve, seconds, n_parameters, error = row
            fit = Fit(Candidate(json.loads(candidate)), fold, repeat, seed)
            return FitResult(fit, cast(Status, status), json.loads(curve), seconds, n_parameters, error)

    def _read(self, query: str, values: Sequence[str] = ()) -> list[tuple[Any, ...]]:
        with _explained(self.folder):
            return self._connection.execute(query, values).fetchall()

    def _write(self, statements: Iterable[tuple[str, Sequence[Any]]]) -> None:
        with _explained(self.folder), _transaction(self._connection):
            for statement, values in statements:
                self._connection.execute(statement, values)


def _take_lock(folder: Path) -> int:
    """Return the descriptor that holds the writer's lock. The kernel lets go of it when the process dies, however."""
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        writer = os.read(lock, 20).decode("ascii", "replace").strip() or "unknown"
        os.close(lock)
        raise RunError(f"another search is writing here (process {writer})", where=str(folder)) from error
    except BaseException:
        os.close(lock)
        raise
    os.truncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())
    return lock


def _connect_readonly(folder: Path, options: str) -> sqlite3.Connection:
    with _explained(folder):
        uri = f"file:{quote(os.fspath((folder / FILE).absolute()))}?{options}"
        connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        with _explained(folder):
            if not _check(connection, folder):
                raise _no_run(folder)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection, folder: Path) -> bool:
    """Return whether the file is a run of ours; False if it is still empty."""
    application_id = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    n_tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application_id == 0 and version == 0 and n_tables == 0:
        return False
    if application_id != APPLICATION_ID:
        raise RunError("it was not written by kerasgrid", where=str(folder / FILE), hint="choose another folder")
    if version > SCHEMA_VERSION:
        raise RunError(
            f"only runs of version {SCHEMA_VERSION} or older can be read here",
            where=str(folder / FILE),
            got=f"version {version}",
            hint="upgrade kerasgrid",
        )
    return True


def _no_run(folder: Path) -> RunError:
    return RunError("there is no run here", where=str(folder), hint=f"its file {FILE} is missing or still empty")


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Turn what SQLite and JSON say about an unusable file into a RunError."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise RunError("the run cannot be read or written", where=str(folder / FILE), got=str(error)) from error
    except (sqlite3.DatabaseError, ValueError, TypeError) as error:
        raise RunError("the file of the run is damaged", where=str(folder / FILE), got=str(error)) from error


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _curve_json(curve: Curve) -> str:
    # NaN and infinities are written as Python's JSON writes them, and come back: a diverged curve ends in one.
    return json.dumps({name: [float(value) for value in values] for name, values in curve.items()}, ensure_ascii=False)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
