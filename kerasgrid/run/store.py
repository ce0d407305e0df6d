"""The store: what is known about a run, in one SQLite file. Imports neither TensorFlow nor pandas."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from kerasgrid.axes.candidate import Candidate
from kerasgrid.errors import RunError, reason
from kerasgrid.fits.fit import Curve, FinalResult, FitResult, Stint
from kerasgrid.run.database import FILE as FILE
from kerasgrid.run.database import damaged, explained, open_for_reading, open_for_writing, take_lock, transaction
from kerasgrid.run.fit_rows import RowReader
from kerasgrid.run.schema import APPLICATION_ID as APPLICATION_ID
from kerasgrid.run.schema import SCHEMA_VERSION as SCHEMA_VERSION
from kerasgrid.run.schema import has_table, inserting, is_whole, sealed, selecting
from kerasgrid.system.locks import Lock

_KEYS_PER_QUERY = 500


class Store:
    """Every finished fit of one run, what the run was asked, and the refitted winner.

    Made by :meth:`create_or_open` or :meth:`open_readonly`; close it, or use it as a context manager. Every write is
    a transaction of its own and on the disk when the call returns, so killing the process loses nothing that was
    written. Use a store in the thread that opened it.

    Results are read once, when they are first asked for. A store that is open for writing is the only one that writes,
    and knows what it has written; one that is open for reading shows one moment.

    Every method raises :class:`RunError` if the file is damaged or cannot be read or written.
    """

    def __init__(self, folder: Path, connection: sqlite3.Connection, lock: Lock | None) -> None:
        self.folder = folder
        self._connection = connection
        self._lock = lock
        self._file = None if lock is None else _identity(folder)
        self._known: dict[str, FitResult] | None = None
        self._rows = RowReader()
        self._unreadable: set[str] = set()

    @classmethod
    def create_or_open(cls, folder: Path) -> Self:
        """Open the run in this folder for writing; make folder and run if there is none.

        Raises:
            RunError: Another process is writing there, or the folder or the file in it cannot be a run.
        """
        folder = Path(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = take_lock(folder)
            if not os.access(folder, os.W_OK):  # that there was a lock does not say that there can be a log
                lock.release()
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except OSError as error:
            rule = "the folder of a run must be a folder that can be written to"
            raise RunError(rule, where=str(folder), got=reason(error)) from error
        try:
            connection = open_for_writing(folder)
        except BaseException:
            lock.release()
            raise
        return cls(folder, connection, lock)

    @classmethod
    def open_readonly(cls, folder: Path) -> Self:
        """Open the run in this folder for reading, also while a search is writing to it.

        Raises:
            RunError: There is no run there, the file is not ours or damaged, or a newer kerasgrid wrote it.
        """
        folder = Path(folder)
        return cls(folder, open_for_reading(folder), None)

    def close(self) -> None:
        """Close the file and let other writers in; closing twice does no harm."""
        self._connection.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def put(self, key: str, result: FitResult) -> None:
        """Record what came of a fit, in place of an earlier result of the same key. On the disk on return."""
        fit = result.fit
        # Texts of errors can hold bytes of file names that are no UTF-8.
        error = None if result.error is None else result.error.encode(errors="replace").decode()
        values = (
            key, fit.candidate.canonical, fit.fold, fit.repeat, fit.seed, result.status,
            _curve_json(result.curve, result.steps, _stopping(result)), float(result.seconds),
            int(result.n_parameters), error, _now(), fit.curve_every, *_stint(result.stint),
        )  # fmt: skip
        self._put(("fits", values))
        if self._known is not None:
            # As it would be read back, so that a report now and one of tomorrow are the same.
            self._known[key] = self._rows.read(values, fit)
            self._unreadable.discard(key)

    def finished(self, keys: Iterable[str]) -> dict[str, FitResult]:
        """Return those of the keys that need no training again: ``ok`` or ``diverged``, since both are repeatable.

        ``failed`` fits are left out; they are tried again at the next start.
        """
        return {key: result for key, result in self.known(keys).items() if result.status != "failed"}

    def known(self, keys: Iterable[str]) -> dict[str, FitResult]:
        """Return the results of those of the keys that have one, whatever its status, in the order of the keys."""
        known = self._results()
        return {key: known[key] for key in dict.fromkeys(keys) if key in known}

    def everything(self) -> Mapping[str, FitResult]:
        """Return every result there is by its key: also of an earlier space, seed or data set of the same folder."""
        return MappingProxyType(self._results())

    @property
    def n_unreadable(self) -> int:
        """How many results cannot be read: as if they were not there, they are trained again at the next search."""
        self._results()
        return len(self._unreadable)

    def times(self, most: int) -> list[tuple[Candidate, float]]:
        """Return what fits that ended well took, evenly over all of them and at most so many; no curve is read."""
        rows = self._read("SELECT candidate, seconds FROM fits WHERE status = 'ok' AND seconds > 0")
        every = max(1, -(-len(rows) // most))
        with explained(self.folder):
            return [(Candidate(json.loads(candidate)), float(seconds)) for candidate, seconds in rows[::every]]

    @property
    def is_writable(self) -> bool:
        """Whether it is open for writing."""
        return self._lock is not None

    @property
    def is_empty(self) -> bool:
        """Whether there is no result at all; none is read for it."""
        return not self._read("SELECT 1 FROM fits LIMIT 1")

    def set_meta(self, **values: Any) -> None:
        """Record facts about the run by name, all or none of them; each is anything that JSON can hold."""
        self._put(*_facts(values))

    def meta(self) -> dict[str, Any]:
        """Return the recorded facts about the run."""
        rows = self._read(f"{selecting('meta', self._version)} ORDER BY name")
        for row in rows:
            if not is_whole("meta", row):
                raise damaged(self.folder, f"another text for the fact {row[0]} than was written")
        with explained(self.folder):
            return {name: json.loads(value) for name, value, _ in rows}

    def version(self) -> str:
        """Return a text that changes with every write, for a process that looks again and again."""
        finals = self._read("SELECT max(rowid) FROM finals")
        return f"{hash(repr((self.fits_version(), finals, self.meta()))):x}"

    def fits_version(self) -> tuple[int, int | None]:
        """Return what changes whenever a result is recorded."""
        ((count, last),) = self._read("SELECT count(*), max(rowid) FROM fits")
        return count, last

    def put_final(self, key: str, result: FinalResult, **facts: Any) -> None:
        """Record the refit of a winner under a key made of what it was: candidate, data and seed; and facts with it."""
        matrix, test = result.confusion_matrix, result.test
        value = asdict(result) | {
            "curve": json.loads(_curve_json(result.curve, {})),
            "test": None if test is None else {name: float(number) for name, number in test.items()},
            "confusion_matrix": None if matrix is None else [[int(count) for count in row] for row in matrix],
        }
        self._put(("finals", (key, json.dumps(value, ensure_ascii=False), _now())), *_facts(facts))

    def final(self, key: str) -> FinalResult | None:
        """Return the recorded refit of this key; None if there is none."""
        rows = self._read(f"{selecting('finals', self._version)} WHERE key = ?", [key])
        with explained(self.folder):
            return FinalResult(**json.loads(rows[0][1])) if rows and is_whole("finals", rows[0]) else None

    def put_evaluation(self, key: str, result: Mapping[str, Any]) -> None:
        """Record what a search class evaluated, one candidate on one split; anything of JSON, NaN included."""
        self._put(("evaluations", (key, json.dumps(dict(result), ensure_ascii=False), _now())))

    def evaluations(self, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return the recorded evaluations of those of the keys that have one."""
        wanted = list(dict.fromkeys(keys))
        found: dict[str, dict[str, Any]] = {}
        if not has_table("evaluations", self._version):
            return {}  # a run of before there were any, open for reading
        query = selecting("evaluations", self._version)
        for start in range(0, len(wanted), _KEYS_PER_QUERY):
            part = wanted[start : start + _KEYS_PER_QUERY]
            rows = self._read(f"{query} WHERE key IN ({', '.join('?' * len(part))})", part)
            with explained(self.folder):
                found |= {row[0]: json.loads(row[1]) for row in rows if is_whole("evaluations", row)}
        return found

    @cached_property
    def _version(self) -> int:
        """Of the file when it was opened: should another process bring it up to date meanwhile, it only has more."""
        ((version,),) = self._read("PRAGMA user_version")
        return int(version)

    def _results(self) -> dict[str, FitResult]:
        if self._known is None:
            query = selecting("fits", self._version)
            with explained(self.folder):
                try:
                    self._known = self._read_fits(query)
                except sqlite3.OperationalError as error:
                    if "decode" not in str(error):
                        raise
                    # A damaged letter is none of UTF-8; asking for each text would be slower.
                    self._connection.text_factory = lambda text: text.decode(errors="replace")
                    self._known = self._read_fits(query)
        return self._known

    def _read_fits(self, query: str) -> dict[str, FitResult]:
        known: dict[str, FitResult] = {}
        # Row by row: their texts take as much memory as what is made of them.
        for row in self._connection.execute(query):
            try:
                known[row[0]] = self._rows.read_whole(row)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
                self._unreadable.add(row[0])
        return known

    def _read(self, query: str, values: Sequence[str] = ()) -> list[tuple[Any, ...]]:
        with explained(self.folder):
            return self._connection.execute(query, values).fetchall()

    def _put(self, *rows: tuple[str, Sequence[Any]]) -> None:
        # SQLite would go on writing into a file that nobody can open any more.
        if self._lock is not None and _identity(self.folder) != self._file:
            rule = "the run was removed or replaced while it was being written to"
            raise RunError(rule, where=str(self.folder), hint="search again", exit_code=1)
        with explained(self.folder), transaction(self._connection):
            for table, values in rows:
                self._connection.execute(inserting(table), sealed(table, values))


def _identity(folder: Path) -> tuple[int, int] | None:
    """Return what is the same for as long as the file of the run is the same one; None if there is none."""
    try:
        status = os.stat(folder / FILE)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _facts(values: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[Any]]]:
    """Yield the rows of facts."""
    return (("meta", (name, json.dumps(value, ensure_ascii=False))) for name, value in values.items())


def _stopping(result: FitResult) -> dict[str, Any]:
    """Return what early stopping came to; empty without, so that other fits are written as before there was any."""
    return {} if result.best_epoch is None else {"best_epoch": result.best_epoch, "restored": result.restored}


def _stint(stint: Stint | None) -> tuple[str | None, float | None, float | None]:
    return (None, None, None) if stint is None else (stint.worker, float(stint.began), float(stint.ended))


def _curve_json(curve: Curve, steps: Curve, stopping: Mapping[str, Any] | None = None) -> str:
    # NaN and infinities are written as Python's JSON writes them, and come back: a diverged curve ends in one.
    content: dict[str, Any] = {name: [float(value) for value in values] for name, values in curve.items()}
    content |= {"steps": dict(steps)} if steps else {}
    return json.dumps(content | ({"stopping": dict(stopping)} if stopping else {}), ensure_ascii=False)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
