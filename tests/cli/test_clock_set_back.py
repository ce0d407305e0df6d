"""The clock is set back, or far ahead, amid real searches: they come to the same, and nothing is trained twice."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import psutil
import pytest
from support.clocks import LACKS, Clock
from support.kill_scenarios import search_in
from support.kills import Blow, Search, check_struck, result_of, struck

from kerasgrid.run.store import Store

pytestmark = pytest.mark.skipif(bool(LACKS), reason=LACKS)

YEAR = 366 * 24 * 3600
SCENARIOS = ["grid", *(pytest.param(name, marks=pytest.mark.slow) for name in
                       ("race over epochs", "tpe", "all that follows", "GridSearchCV"))]  # fmt: skip


@pytest.mark.parametrize("seconds", [-YEAR, YEAR])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_search_depends_on_no_clock(tmp_path: Path, scenario: str, seconds: int) -> None:
    whole = search_in(tmp_path / "whole", scenario)
    started = time.monotonic()
    assert whole.undisturbed().code == 0
    took, n_rows = time.monotonic() - started, len(whole.rows())
    clock = Clock(tmp_path)
    search = replace(search_in(tmp_path / "search", scenario), more=clock.environment)

    def set_it(search: Search, process: psutil.Process, random: Random) -> bool:
        clock.set(seconds)
        return True

    random = Random(f"{scenario} {seconds}")
    blow = Blow(set_it, frozenset({0}), frozenset({0}))
    # Most of what there is to be done comes after.
    found = struck(search, blow, random, n_rows // 4, took / 4)
    check_struck(blow, found)
    assert found.landed
    assert result_of(search) == result_of(whole)
    later = [at for key, (_, at) in found.rows.items() if key not in found.at]
    for at in [max(later)] if later else []:  # small fits may all have been there, and their reports came after
        assert abs((datetime.fromisoformat(at) - datetime.now(UTC)).days) > 300  # it was set for all of them
    again = search.undisturbed()
    assert again.code == 0
    assert search.rows() == found.rows
    with closing(Store.open_readonly(search.run)) as store:
        assert 0 <= store.meta().get("elapsed", 0) < 10 * took + 60
