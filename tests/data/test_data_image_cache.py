"""Decoded images on the disk: whole or not there, and never in the way."""

import errno
import json
import os
import time
from pathlib import Path

import numpy as np
import pytest

from kerasgrid.data import image_cache
from kerasgrid.data.image_cache import cache_folder, cache_key, read_cache, write_cache

ARRAY = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("KERASGRID_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "images"


def test_what_was_written_is_read(folder):
    assert read_cache("ab") is None
    assert write_cache("ab", ARRAY, {"broken": [[3, "torn"]]})
    images, about = read_cache("ab")
    np.testing.assert_array_equal(images, ARRAY)
    assert about == {"broken": [[3, "torn"]]}
    assert [path.name for path in folder.iterdir()] == ["ab.npy"]
    np.testing.assert_array_equal(np.load(folder / "ab.npy"), ARRAY)


def test_what_is_read_can_be_changed_without_harm():
    write_cache("ab", ARRAY, {})
    images, _ = read_cache("ab")
    images[:] = 0
    np.testing.assert_array_equal(read_cache("ab")[0], ARRAY)


def test_where_it_is(monkeypatch, folder):
    assert cache_folder() == folder
    monkeypatch.setenv("KERASGRID_CACHE", "")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert cache_folder() == Path("/caches/kerasgrid/images")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert cache_folder() == Path("/home/me/.cache/kerasgrid/images")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: b"",
        lambda whole: whole[:-1],
        lambda whole: whole[:100],
        lambda whole: whole[: len(whole) // 2],
        lambda whole: b"junk" + whole,
        lambda whole: whole + b"more",
        lambda whole: whole[: whole.index(b"{")] + b"\x00" * 40,
    ],
)
def test_a_broken_one_is_none(folder, spoil):
    write_cache("ab", ARRAY, {"size": [4, 3]})
    path = folder / "ab.npy"
    path.write_bytes(spoil(path.read_bytes()))
    assert read_cache("ab") is None


def test_numbers_of_another_kind_and_other_words_are_none(folder):
    write_cache("ab", ARRAY.astype(np.float32), {})
    assert read_cache("ab") is None
    write_cache("ab", ARRAY, {})
    with (folder / "ab.npy").open("r+b") as file:
        file.seek(-2, os.SEEK_END)
        file.write(json.dumps([]).encode())
    assert read_cache("ab") is None


def test_an_unwritable_place_means_no_cache(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", "~no-such-user/cache", "/proc/none"):
        monkeypatch.setenv("KERASGRID_CACHE", str(place))
        assert not write_cache("ab", ARRAY, {})
        assert read_cache("ab") is None


def test_a_full_disk_means_no_cache(folder, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(image_cache.os, "fsync", full)
    assert not write_cache("ab", ARRAY, {})
    assert list(folder.iterdir()) == []


def test_little_room_means_no_cache(folder, monkeypatch):
    usage = image_cache.shutil.disk_usage("/")
    monkeypatch.setattr(image_cache.shutil, "disk_usage", lambda _: usage._replace(free=40))
    assert not write_cache("ab", ARRAY, {})
    assert list(folder.iterdir()) == []


def test_what_was_not_used_for_longest_goes_first(folder, monkeypatch):
    for age, key in enumerate(("new", "middle", "old")):
        write_cache(key, ARRAY, {})
        os.utime(folder / f"{key}.npy", (1000 - age, 1000 - age))
    size = (folder / "old.npy").stat().st_size
    read_cache("old")
    monkeypatch.setattr(image_cache, "MOST_BYTES", 3 * size)
    write_cache("more", ARRAY, {})
    assert sorted(path.stem for path in folder.iterdir()) == ["more", "new", "old"]
    monkeypatch.setattr(image_cache, "MOST_BYTES", 10)
    assert not write_cache("too_large", ARRAY, {})


def test_what_was_never_finished_goes_after_a_day(folder):
    folder.mkdir(parents=True)
    for name, hours in (("old.1.tmp", 25), ("new.2.tmp", 1)):
        (folder / name).touch()
        os.utime(folder / name, (time.time() - 3600 * hours,) * 2)
    write_cache("ab", ARRAY, {})
    assert sorted(path.name for path in folder.iterdir()) == ["ab.npy", "new.2.tmp"]


def test_the_key_changes_with_the_files_and_with_what_is_made_of_them(tmp_path):
    path, other = tmp_path / "a.png", tmp_path / "b.png"
    path.write_bytes(b"1")
    other.write_bytes(b"1")
    keys = [cache_key([str(path)], [4, 3], None)]
    assert cache_key([str(path)], [4, 3], None) == keys[0]
    keys += [cache_key([str(path)], [4, 4], None), cache_key([str(path)], [4, 3], "rgb")]
    keys += [cache_key([str(other)], [4, 3], None), cache_key([str(path), str(other)], [4, 3], None)]
    status = path.stat()
    path.write_bytes(b"2")
    # As archives do it: of the same size, and the time of modification set back.
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    keys.append(cache_key([str(path)], [4, 3], None))
    path.unlink()
    keys.append(cache_key([str(path)], [4, 3], None))
    assert len(set(keys)) == len(keys)
