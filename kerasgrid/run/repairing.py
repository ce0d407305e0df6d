"""A damaged run made whole: what can be read of its file goes into a new one, and the damaged one is kept."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from kerasgrid.errors import RunError, reason
from kerasgrid.run.database import (
    FILE,
    LOCK,
    LOG,
    SHARED,
    check_version,
    explained,
    not_ours,
    open_for_writing,
    take_lock,
    transaction,
)
from kerasgrid.run.fit_rows import RowReader
from kerasgrid.run.salvage import Salvage, salvaged
from kerasgrid.run.schema import TABLES, inserting, sealed
from kerasgrid.system.files import writing_explained

DAMAGED = f"{FILE}.damaged"

_NO_VERSION = 1000
"""No kerasgrid will write such a one: it is a damaged one of ours."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """What came of a repair.

    Attributes:
        folder: Where the run is now.
        damage: What was the matter; None if nothing was, and nothing was done.
        n_fits: How many fits there are in it; of a run of the search classes, evaluations.
        n_failed: How many of them failed, and are trained again by the next search.
        n_models: How many refits.
        n_lost: How many rows are known to have been there that could not be read; there may have been others.
        is_asked: Whether what the search was asked for could be read, so that the run can be shown.
        kept: The damaged file.
    """

    folder: Path
    damage: str | None
    n_fits: int
    n_failed: int
    n_models: int
    n_lost: int
    is_asked: bool
    kept: Path


def repaired(folder: Path, out: Path | None = None) -> Repaired:
    """Salvage what can be read of a run.

    Args:
        folder: The run's folder.
        out: A new folder for the run, with all that is in the old one; None to have it where it is, with the damaged
            file beside it.

    Raises:
        RunError: A search is writing there, nothing can be read, a newer kerasgrid or another program wrote the file,
            or a folder does not take it.
    """
    with _locked(folder, is_changed=out is None), writing_explained(out or folder):
        if out is not None and out.exists() and any(out.iterdir()):
            raise RunError("the folder for what is salvaged must be new or empty", where=str(out))
        with tempfile.TemporaryDirectory(prefix=".repair-", dir=folder if out is None else None) as work:
            found = _salvaged(folder, Path(work))
            kept = folder / FILE
            if found.damage is not None:
                _write(found, new := _new(Path(work)))
                kept = _put_in_place(folder, new) if out is None else _put_elsewhere(folder, new, out)
    reader = RowReader()
    fits = [reader.read(row) for row in found.rows["fits"].values()]
    return Repaired(
        folder=folder if out is None or found.damage is None else out,
        damage=found.damage,
        n_fits=len(found.rows["evaluations"] if "search" in found.rows["meta"] else fits),
        n_failed=sum(fit.status == "failed" for fit in fits),
        n_models=len(found.rows["finals"]),
        n_lost=found.n_lost,
        is_asked="plan" in found.rows["meta"] or "search" in found.rows["meta"],
        kept=kept,
    )


@contextmanager
def _locked(folder: Path, *, is_changed: bool) -> Iterator[None]:
    lock = None
    try:
        lock = take_lock(folder)
    except OSError as error:
        # From a read-only medium, where nobody writes, it may go to another one.
        if is_changed:
            rule = "the folder of a run must be a folder that can be written to"
            raise RunError(rule, where=str(folder), got=reason(error), hint="--out names another folder") from error
    try:
        yield
    finally:
        if lock is not None:
            lock.release()


def _salvaged(folder: Path, work: Path) -> Salvage:
    copy = work / "copy"
    copy.mkdir()
    for name in (FILE, LOG):
        if (folder / name).exists():
            shutil.copyfile(folder / name, copy / name)
    found = salvaged(copy)
    if found.is_sound and found.version < _NO_VERSION:
        check_version(found.version, folder)
    if not any(found.rows[table] for table in TABLES):
        if found.is_sound and not found.is_ours:
            raise not_ours(folder)
        hint = "take it from a backup, or move the folder away and search again"
        rule = "nothing can be read of the file of the run"
        raise RunError(rule, where=str(folder / FILE), got=found.damage, hint=hint)
    return found


def _new(work: Path) -> Path:
    new = work / "new"
    new.mkdir()
    return new


def _write(found: Salvage, folder: Path) -> None:
    with explained(folder), closing(open_for_writing(folder)) as connection, transaction(connection):
        for table in TABLES:
            # In the order in which they were written.
            for row in found.in_order(table):
                connection.execute(inserting(table), sealed(table, row))


def _put_in_place(folder: Path, new: Path) -> Path:
    kept = _unused(folder)
    shutil.copyfile(folder / FILE, kept)
    if (folder / LOG).exists():
        shutil.copyfile(folder / LOG, kept.with_name(kept.name + "-wal"))
    # SQLite would take an old log for one of the new file.
    for name in (LOG, SHARED):
        (folder / name).unlink(missing_ok=True)
    os.replace(new / FILE, folder / FILE)
    return kept


def _put_elsewhere(folder: Path, new: Path, out: Path) -> Path:
    shutil.copytree(folder, out, ignore=shutil.ignore_patterns(FILE, LOG, SHARED, LOCK), dirs_exist_ok=True)
    shutil.copyfile(new / FILE, out / FILE)
    return folder / FILE


def _unused(folder: Path) -> Path:
    number, path = 1, folder / DAMAGED
    while path.exists():
        number += 1
        path = folder / f"{DAMAGED}.{number}"
    return path
