"""A run's SQLite file: opening it, its schema and versions, the lock of its one writer, what its errors mean."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from kerasgrid.errors import MAKE_ROOM, RunError
from kerasgrid.run.schema import APPLICATION_ID, SCHEMA_VERSION, migrating
from kerasgrid.system import locks
from kerasgrid.system.locks import Lock
from kerasgrid.system.shell import quoted

FILE = "run.sqlite"
LOG, SHARED = f"{FILE}-wal", f"{FILE}-shm"
"""What SQLite keeps beside it: the latest writes, and what those who have it open share."""

LOCK = "run.lock"
MODEL_FILE = "model.keras"
JOINED_FILE = ".joined.keras"
"""The model of an ensemble until it takes the place of that of the winner."""
_BUSY_SECONDS = 30.0

_OLDEST = frozenset(("meta", "fits", "finals"))
"""The tables of every version: together they are nobody else's."""


def open_for_writing(folder: Path) -> sqlite3.Connection:
    """Open the run's file; make it, or bring one of an older version up to date. The lock is taken already.

    Raises:
        RunError: The file there is damaged, not ours, or of a newer kerasgrid.
    """
    with explained(folder):
        connection = sqlite3.connect(folder / FILE, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        with explained(folder):
            # Looked at before anything is changed: a file of another program must stay as it is.
            version = _version_of(connection, folder)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            if version < SCHEMA_VERSION:
                with transaction(connection):
                    for statement in migrating(version):
                        connection.execute(statement)
    except BaseException:
        connection.close()
        raise
    return connection


def open_for_reading(folder: Path) -> sqlite3.Connection:
    """Open the run's file as it is, also while a search is writing to it.

    Raises:
        RunError: There is no run there, or as for writing.
    """
    if not (folder / FILE).is_file():
        raise _no_run(folder)
    try:
        return _connect_readonly(folder, "mode=ro")
    except RunError:
        # A write-ahead log needs a shared-memory file beside it. On a read-only medium there can be none, and
        # without a log nothing can be changing.
        if os.access(folder, os.W_OK) or (folder / LOG).exists():
            raise
        return _connect_readonly(folder, "mode=ro&immutable=1")


def take_lock(folder: Path) -> Lock:
    """Return the writer's lock; it is let go when the process dies, however.

    Raises:
        RunError: Another process is writing there.
        OSError: The folder does not take it.
    """
    try:
        return locks.take_lock(folder / LOCK)
    except locks.HeldError as error:
        holder = error.holder
        hint = None
        if holder is None:
            hint = f"if none is, remove {LOCK} here and run the same command again"
        elif not holder.is_here:
            hint = (
                f"whether it still runs can be seen on {holder.host} alone; if it does not, remove {LOCK} and "
                f"{LOCK}.holder here and run the same command again"
            )
        rule = f"another search is writing here ({'process unknown' if holder is None else holder})"
        raise RunError(rule, where=str(folder), hint=hint) from error


def _connect_readonly(folder: Path, options: str) -> sqlite3.Connection:
    with explained(folder):
        uri = f"file:{quote(os.fspath((folder / FILE).absolute()))}?{options}"
        connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        with explained(folder):
            if not _version_of(connection, folder):
                raise _no_run(folder)
    except BaseException:
        connection.close()
        raise
    return connection


def _version_of(connection: sqlite3.Connection, folder: Path) -> int:
    """Return the version of a run of ours; 0 if the file is still empty."""
    application_id = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if application_id == 0 and version == 0 and not names:
        return 0
    if application_id != APPLICATION_ID:
        raise damaged(folder, f"another mark, {application_id}") if names >= _OLDEST else not_ours(folder)
    check_version(version, folder)
    return int(version)


def check_version(version: int, folder: Path) -> None:
    """Check that this is no version of a newer kerasgrid.

    Raises:
        RunError: It is.
    """
    if version > SCHEMA_VERSION:
        raise RunError(
            f"only runs of version {SCHEMA_VERSION} or older can be read here",
            where=str(folder / FILE),
            got=f"version {version}",
            hint="upgrade kerasgrid",
        )


def not_ours(folder: Path) -> RunError:
    """Return the error of a database of another program."""
    return RunError("it was not written by kerasgrid", where=str(folder / FILE), hint="choose another folder")


def _no_run(folder: Path) -> RunError:
    return RunError("there is no run here", where=str(folder), hint=f"its file {FILE} is missing or still empty")


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn what SQLite and JSON say about an unusable file into a RunError."""
    try:
        yield
    except sqlite3.OperationalError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code == sqlite3.SQLITE_ERROR:  # our statements are right: what they name is not there any more
            raise damaged(folder, str(error)) from error
        is_full = code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
        raise RunError(
            "the run cannot be read or written",
            where=str(folder / FILE),
            got=str(error),
            hint=MAKE_ROOM if is_full else None,
            exit_code=1 if is_full else None,
        ) from error
    except (sqlite3.DatabaseError, ValueError, TypeError) as error:
        raise damaged(folder, str(error)) from error


def damaged(folder: Path, got: str) -> RunError:
    """Return the error of a file that holds what we do not write."""
    hint = f"kerasgrid repair {quoted(str(folder))} salvages what can be read"
    return RunError("the file of the run is damaged", where=str(folder / FILE), got=got, hint=hint)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Do all of the block's writes or none of them; on the disk at its end."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
