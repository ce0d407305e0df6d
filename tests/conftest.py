"""What all tests share."""

from __future__ import annotations

import gc
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from support.drawings import draw_nothing

from kerasgrid.engine.keras_setup import PRELOAD
from kerasgrid.workers import processes

# A deadline would fail tests because the machine is busy.
settings.register_profile("kerasgrid", deadline=None, max_examples=50, database=None)
settings.load_profile("kerasgrid")

# A shell ignores interrupts for what it starts in the background, and programs started by tests would inherit that.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Runs are written so that they survive a power cut, and half of a test's time may be waiting for that. In memory there
# is no disk to wait for; all that tests write takes half of this room, and what failed ones wrote stays.
MEMORY, ROOM = Path("/dev/shm"), 2**30
if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

# TensorFlow computes with one thread here as in the workers: the other processor has tests of its own.
for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(name, "1")

# Markers whose tests must not be skipped, as "data,browser": a user may lack what they need, continuous integration
# must not.
REQUIRED = frozenset(filter(None, os.environ.get("KERASGRID_REQUIRE", "").split(",")))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if report.skipped and REQUIRED & {mark.name for mark in item.iter_markers()}:
        report.outcome = "failed"
        report.longrepr = f"skipped though required: {report.longrepr}"
    return report


# Those that take longest, longest first: were one of them begun last, a single process would be left with it.
LONGEST = (
    "test_kept_and_read_off",
    "test_notebooks",
    "test_estimators_sklearn",
    "test_local",
    "test_model_selection_keras",
    "test_updates",
    "test_oracle",
    "test_compiled_searches",
    "test_tables",
    "test_losses",
    "test_compiled",
    "test_whole",
    "test_neighbours",
    "test_people",
    "test_estimators_frames",
    "test_compiling",
    "test_illustrator",
    "test_shared_epochs",
    "test_bundles",
    "test_program",
    "test_rungs",
    "test_estimators",
    "test_estimators_builders",
    "test_conform_layers",
    "test_conform_models",
    "test_cli_processes",
    "test_memory",
)


# What takes long, by marker, and what is set for it to be run.
ON_DEMAND = {"slow": "KERASGRID_SLOW", "conformance": "KERASGRID_CONFORMANCE"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    off = {marker for marker, name in ON_DEMAND.items() if not os.environ.get(name)}
    is_chosen = config.getoption("markexpr") or any("::" in argument for argument in config.args)
    if not is_chosen:
        left = [item for item in items if off & {mark.name for mark in item.iter_markers()}]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]
    # Only where pytest-xdist has several processes take one file after the other.
    if hasattr(config, "workerinput"):
        places = {name: place for place, name in enumerate(LONGEST)}
        items.sort(key=lambda item: places.get(item.path.stem, len(places)))


def pytest_collection_finish(session: pytest.Session) -> None:
    # What was imported stays: to look through it for garbage, again and again while graphs are traced, takes long.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep decoded images out of the user's cache."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("KERASGRID_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_server() -> Iterator[None]:
    """Have the process that workers are forked from import at once what any test wants of it.

    It takes seconds, and one that lacked something would make way for another that has all of it.
    """
    with pytest.MonkeyPatch.context() as patched:
        modules = ("sklearn.model_selection", "pandas", *PRELOAD, "kerasgrid.estimators.programs")
        patched.setattr(processes, "_preloaded", modules)
        yield


@pytest.fixture(scope="module", autouse=True)
def undrawn(request: pytest.FixtureRequest) -> Iterator[pytest.MonkeyPatch]:
    """Leave the pictures of runs blank, except in the room that is about them: they take most of a search's time."""
    with pytest.MonkeyPatch.context() as patched:
        if request.path.parent.name != "reports":
            draw_nothing(patched)
        yield patched


@pytest.fixture
def drawn(undrawn: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the pictures of runs drawn after all."""
    undrawn.undo()
    yield
    draw_nothing(undrawn)
