"""How much memory workers may take."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerasgrid.fits.room import Room
from kerasgrid.workers import shares
from kerasgrid.workers.shares import ROOM_OF_WORKER, Growth, Shares, mark_alone, room_for_another, room_here, room_in

GB = 10**9


@pytest.fixture
def available(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """What can be had, which a test may change."""
    told: list[int | None] = [10 * GB]
    monkeypatch.setattr(shares, "available_memory", lambda: told[0])
    return told


@pytest.mark.parametrize(
    ("n_bytes", "n_workers", "of_one", "of_all"),
    [
        (10 * GB, 1, 9 * GB, 9 * GB),
        (10 * GB, 4, 2.25 * GB, 9 * GB),
        # No more of them are at work than have room.
        (GB, 64, 0.3 * GB, 0.9 * GB),
        (ROOM_OF_WORKER // 2, 64, 0.135 * GB, 0.135 * GB),
        (None, 4, None, None),
    ],
)
def test_all_have_an_equal_share_of_most_of_it(
    available: list[int | None],
    tmp_path: Path,
    n_bytes: int | None,
    n_workers: int,
    of_one: float | None,
    of_all: float | None,
) -> None:
    available[0] = n_bytes
    found = Shares.now(n_workers)
    assert found == Shares(of_one, of_all)  # type: ignore[arg-type]
    found.write(tmp_path)
    assert Shares.read(tmp_path) == found


def test_a_fit_has_the_share_of_one_worker_or_all_that_there_is(available: list[int | None], tmp_path: Path) -> None:
    Shares.now(3).write(tmp_path)
    assert room_in(tmp_path) == Room(3 * GB, 9 * GB, is_shared=True)
    # The others have taken more than theirs.
    available[0] = 2 * GB
    assert room_in(tmp_path) == Room(int(1.8 * GB), 9 * GB, is_shared=True)
    mark_alone(tmp_path, alone=True)
    assert room_in(tmp_path) == Room(int(1.8 * GB), int(1.8 * GB))
    # What any worker takes is tried, whatever the system says.
    available[0] = 0
    assert room_in(tmp_path) == Room(ROOM_OF_WORKER, ROOM_OF_WORKER)
    mark_alone(tmp_path, alone=False)
    assert room_in(tmp_path) == Room(ROOM_OF_WORKER, 9 * GB, is_shared=True)
    available[0] = None
    assert room_in(tmp_path) == Room(is_shared=True)


def test_of_a_device_the_memory_of_the_machine_says_nothing(
    available: list[int | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERASGRID_DEVICE", "GPU")
    available[0] = 0
    Shares.now(3).write(tmp_path)
    assert room_in(tmp_path) == Room(is_shared=True)
    mark_alone(tmp_path, alone=True)
    assert room_in(tmp_path) == Room()
    # Of a folder that several crews share nobody could be made to wait.
    assert room_in(tmp_path / "nowhere") == Room()


def test_a_process_that_trains_alone_may_take_what_there_is(available: list[int | None]) -> None:
    available[0] = 2 * GB
    assert room_here() == Room(alone=int(1.8 * GB))
    available[0] = 0
    assert room_here() == Room(alone=ROOM_OF_WORKER)
    available[0] = None
    assert room_here() == Room()


def test_no_worker_is_started_for_which_there_is_no_room(available: list[int | None]) -> None:
    available[0] = 2 * ROOM_OF_WORKER
    assert room_for_another(0)
    assert room_for_another(1)
    assert not room_for_another(2)
    available[0] = None
    assert room_for_another(1000)


def test_a_worker_that_has_grown_by_more_than_its_share_is_to_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    own = [GB]
    monkeypatch.setattr(shares, "own_memory", lambda: own[0])
    limited, any_size = Growth(Shares(GB, 2 * GB).growth), Growth(Shares(None, None).growth)
    own[0] = 2 * GB
    assert not limited.is_too_much
    own[0] = 2 * GB + 1
    assert limited.is_too_much
    assert not any_size.is_too_much
    assert Shares(0, 0).growth == 200 * 10**6
