"""Damaged runs: told in one message, and all that can be read of them salvaged."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from random import Random

import pytest
from support.plans import plan_of, space
from support.searches import score, searched
from support.written import called

import kerasgrid
from kerasgrid.api.opening import open_run
from kerasgrid.errors import RunError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import FitResult
from kerasgrid.run.plan import Plan
from kerasgrid.run.repairing import repaired
from kerasgrid.run.store import FILE, Store

PAGE = 4096
N_DAMAGED = int(os.environ.get("KERASGRID_DAMAGED", "24"))


def asked(epochs: int = 2) -> Plan:
    return plan_of(space({"learning_rate": [0.001 * n for n in range(1, 31)], "epochs": epochs}, cv=2))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "run"
    searched(asked(), folder, FakeFitter(score))
    return folder


@pytest.fixture
def there(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "run"))


def results(folder: Path) -> dict[str, FitResult]:
    with Store.open_readonly(folder) as store:
        return dict(store.everything())


def overwrite(file: Path, at: int, content: bytes) -> None:
    with open(file, "r+b") as stream:
        stream.seek(at)
        stream.write(content)


# What may happen to a file.


def truncated(content: bytearray, random: Random) -> None:
    del content[random.randrange(PAGE, len(content)) :]


def flipped(content: bytearray, random: Random) -> None:
    for _ in range(random.randint(1, 20)):
        content[random.randrange(len(content))] ^= 1 << random.randrange(8)


def overwritten(content: bytearray, random: Random) -> None:
    for _ in range(random.randint(1, 3)):
        at = PAGE * random.randrange(len(content) // PAGE)
        content[at : at + PAGE] = random.choice((bytes(PAGE), random.randbytes(PAGE)))


def spoiled(content: bytearray, random: Random) -> None:
    at = random.randrange(len(content))
    n = len(content[at : at + random.randrange(1, 9000)])
    content[at : at + n] = random.randbytes(n)


DAMAGES: Mapping[str, Callable[[bytearray, Random], None]] = {
    "truncated": truncated,
    "flipped": flipped,
    "overwritten": overwritten,
    "spoiled": spoiled,
}


def untouched(before: bytes, after: bytes, known: Mapping[str, FitResult]) -> set[str]:
    """Return the keys of the fits whose rows stand in the file as they did, each in the midst of one page."""
    found = set()
    for key, result in known.items():
        at = before.index(key.encode() + result.fit.candidate.canonical.encode())
        # From the lengths that stand before it to its time and its checksum.
        row = slice(at - 32, before.index(b"+00:00", at) + 12)
        if before[row] == after[row]:
            found.add(key)
    return found


def told_by(damaged: Path) -> dict[str, FitResult]:
    """Return what the store reads; none where it says, in one message, that it cannot."""
    with suppress(RunError):
        return results(damaged)
    with pytest.raises(RunError) as caught:
        results(damaged)
    advice = f"(kerasgrid repair {damaged} salvages what can be read)"
    assert str(caught.value).startswith(f"{damaged}/{FILE}: the file of the run is damaged, got ")
    assert str(caught.value).endswith(advice)
    return {}


@pytest.mark.parametrize("seed", range(N_DAMAGED))
def test_every_fit_that_can_be_read_is_salvaged(whole: Path, tmp_path: Path, seed: int) -> None:
    random, name = Random(seed), list(DAMAGES)[seed % len(DAMAGES)]
    known, before = results(whole), (whole / FILE).read_bytes()
    content = bytearray(before)
    DAMAGES[name](content, random)
    damaged = tmp_path / "run"
    damaged.mkdir()
    (damaged / FILE).write_bytes(content)
    read = told_by(damaged)
    assert all(known[key] == result for key, result in read.items())
    must = untouched(before, bytes(content), known)
    done = repaired(damaged)
    salvaged = results(damaged)
    assert must <= set(salvaged)
    assert all(known[key] == result for key, result in salvaged.items())
    assert done.n_fits == len(salvaged)
    # Random bytes where nothing is are no damage.
    assert (done.damage is None) == (len(salvaged) == len(known) and done.kept == damaged / FILE)
    assert done.kept.read_bytes() == bytes(content)
    assert repaired(damaged).damage is None


def test_the_same_search_trains_what_is_missing(there: Path) -> None:
    expected = open_run(there).trials
    content = bytearray((there / FILE).read_bytes())
    content[-3 * PAGE :] = bytes(3 * PAGE)
    (there / FILE).write_bytes(content)
    with pytest.raises(RunError, match="is damaged"):
        open_run(there).n_fits_done  # noqa: B018
    done = kerasgrid.repair(there)
    assert 0 < done.n_fits < 60
    fitter = FakeFitter(score)
    outcome = searched(asked(), there, fitter)
    assert len(fitter.trained) == 60 - done.n_fits
    assert outcome.run.trials == expected


def test_long_rows_and_those_of_the_log_are_salvaged(tmp_path: Path) -> None:
    plan, folder = asked(400), tmp_path / "run"
    copy = tmp_path / "copy"
    copy.mkdir()
    with Store.create_or_open(folder) as store:
        for key, result in ((key, FakeFitter(score)._result(fit)) for key, fit in plan.fits.items()):
            store.put(key, result)
        for name in (FILE, f"{FILE}-wal"):
            shutil.copy(folder / name, copy / name)
    known = results(folder)
    assert (copy / f"{FILE}-wal").stat().st_size > 100 * PAGE
    for at in (0, 2 * PAGE):
        overwrite(copy / FILE, at, bytes(PAGE))
    overwrite(copy / f"{FILE}-wal", 40, b"\xff")
    done = repaired(copy)
    # SQLite would take the old log for one of the new file.
    assert not (copy / f"{FILE}-wal").exists()
    assert (copy / f"{FILE}.damaged-wal").exists()
    assert done.n_fits > 50
    assert all(known[key] == result for key, result in results(copy).items())


def test_a_run_that_is_sound_stays_as_it_is(
    there: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (there / FILE).read_bytes()
    done = called(monkeypatch, capsys, "repair", there)
    assert done == (0, f"{there}: nothing is damaged, and nothing was written\n", "")
    assert (there / FILE).read_bytes() == before
    assert sorted(path.name for path in there.glob("*damaged*")) == []


def test_the_command_says_what_it_did(
    there: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(there / FILE)) as other, other:
        other.execute("UPDATE fits SET seconds = 0.5 WHERE rowid = 7")
        other.execute("DELETE FROM meta WHERE name = 'plan'")
    other.close()
    before = sorted(path.name for path in there.iterdir())
    done = called(monkeypatch, capsys, "repair", there, "--out", there.parent / "new")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "damage:        rows that are not what was written",
        "salvaged:      59 fits; 1 refit",
        "lost:          at least 1 row",
        f"repaired run:  {there.parent / 'new'}",
        f"damaged file:  {there / FILE}",
        "What the search was asked is lost, so that the run can be shown only once it is searched again.",
        "The same search again, in that folder, trains what is missing.",
    ]
    assert sorted(path.name for path in there.iterdir()) == before
    assert (there.parent / "new" / "model.keras").exists()
    fitter = FakeFitter(score)
    searched(asked(), there.parent / "new", fitter)
    assert (len(fitter.trained), fitter.refitted) == (1, [])
    assert called(monkeypatch, capsys, "repair", there).out.splitlines()[-3].startswith("damaged file:  ")
    overwrite(there / FILE, PAGE, bytes(PAGE))
    assert repaired(there).kept == there / f"{FILE}.damaged.2"


def test_what_cannot_be_repaired_is_refused(there: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()
    (new / "mine.txt").touch()
    with pytest.raises(RunError, match=r"/new: the folder for what is salvaged must be new or empty$"):
        repaired(there, new)
    with pytest.raises(RunError, match=r"^missing: there is no run here"):
        kerasgrid.repair("missing")
    with Store.create_or_open(there), pytest.raises(RunError, match="another search is writing here"):
        repaired(there)
    (there / FILE).write_bytes(Random(0).randbytes(50_000))
    before = sorted(there.iterdir())
    message = (
        r"run.sqlite: nothing can be read of the file of the run, got file is not a database "
        r"\(take it from a backup, or move the folder away and search again\)$"
    )
    with pytest.raises(RunError, match=message):
        repaired(there)
    assert sorted(there.iterdir()) == before


def test_a_file_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as other, other:
        other.execute("CREATE TABLE fits (key TEXT, something TEXT)")
        other.execute("INSERT INTO fits VALUES ('a', 'b')")
    other.close()
    with pytest.raises(RunError, match=r"run.sqlite: it was not written by kerasgrid \(choose another folder\)$"):
        repaired(tmp_path)


def test_a_newer_run_is_refused(there: Path) -> None:
    with closing(sqlite3.connect(there / FILE)) as other, other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(RunError, match=r"only runs of version 5 or older can be read here, got version 99 \(upgrade"):
        repaired(there)
    # No version at all, but a damaged one.
    overwrite(there / FILE, 60, b"\x7f")
    assert repaired(there).n_fits == 60


def test_a_file_with_another_mark_and_our_tables_is_damaged(there: Path) -> None:
    overwrite(there / FILE, 68, b"KGRD")
    with pytest.raises(RunError, match=r"is damaged, got another mark, 1262965316 \(kerasgrid repair "):
        results(there)
    assert repaired(there).n_fits == 60
    assert len(results(there)) == 60


def test_a_run_of_the_search_classes_is_repaired(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path) as store:
        store.set_meta(search="GridSearchCV")
        for number in range(40):
            store.put_evaluation(str(number), {"test_scores": 0.5, "text": "x" * 300})
    overwrite(tmp_path / FILE, (tmp_path / FILE).stat().st_size - PAGE, bytes(PAGE))
    done = repaired(tmp_path)
    assert done.is_asked
    assert 20 < done.n_fits < 40
    with Store.open_readonly(tmp_path) as store:
        assert len(store.evaluations(map(str, range(40)))) == done.n_fits
