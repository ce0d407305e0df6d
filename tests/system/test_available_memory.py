"""How much memory there is, and how sizes are told."""

import os

import pytest

from kerasgrid.system import memory
from kerasgrid.system.memory import available_memory, size_text


@pytest.fixture
def files(tmp_path, monkeypatch):
    limit, used, meminfo = tmp_path / "max", tmp_path / "current", tmp_path / "meminfo"
    monkeypatch.setattr(memory, "_MEMINFO", meminfo)
    monkeypatch.setattr(memory, "_CONTAINERS", ((limit, used),))
    return limit, used, meminfo


def test_this_machine_has_some():
    assert 10**6 < available_memory() < 10**15


def test_a_containers_limit_counts(files):
    limit, used, meminfo = files
    meminfo.write_text("MemTotal:  9000 kB\nMemAvailable:  5000 kB\n", encoding="ascii")
    assert available_memory() == 5000 * 1024
    limit.write_text("3000000\n", encoding="ascii")
    used.write_text("1000000\n", encoding="ascii")
    assert available_memory() == 2_000_000
    used.write_text("4000000\n", encoding="ascii")
    assert available_memory() == 0
    limit.write_text("max\n", encoding="ascii")
    assert available_memory() == 5000 * 1024


@pytest.mark.parametrize("content", ["", "MemAvailable:\n", "MemAvailable: much kB\n"])
def test_elsewhere_all_of_it_counts(files, content):
    files[2].write_text(content, encoding="ascii")
    assert available_memory() == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def test_a_system_that_does_not_say(files, monkeypatch):
    def refuse(name):
        raise ValueError(name)

    monkeypatch.setattr(os, "sysconf", refuse)
    assert available_memory() is None


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [(0, "0 bytes"), (512, "512 bytes"), (999.4, "999 bytes"), (1000, "1.0 kB"), (999_940, "999.9 kB"),
     (999_999, "1.0 MB"), (6.6e6, "6.6 MB"), (2.34e9, "2.3 GB"), (1.2e12, "1,200.0 GB")],
)  # fmt: skip
def test_sizes_in_words(n_bytes, text):
    assert size_text(n_bytes) == text
