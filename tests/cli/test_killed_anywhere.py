"""Real searches that anything befalls at any moment: nothing is lost, nothing trained twice, the results the same.

``KERASGRID_KILLS`` says how many blows there are; by default they are few, and only some scenarios are struck. Moments
are drawn with a fixed seed, which ``KERASGRID_KILLS_SEED`` changes. What befell whom goes to ``KERASGRID_KILLS_LOG``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from random import Random

import pytest
from support.kill_scenarios import FAKED, SCRIPTS, SPACES, search_in, space_of
from support.kills import BLOWS, Struck, assert_kept, check_struck, result_of, struck

from kerasgrid.races.race import RACES
from kerasgrid.space.spec import space_from_dict
from kerasgrid.strategies.table import STRATEGIES

SCENARIOS = [*SPACES, *SCRIPTS, *FAKED]
N_BLOWS = int(os.environ.get("KERASGRID_KILLS", "6"))
SEED = int(os.environ.get("KERASGRID_KILLS_SEED", "0"))
CHOSEN = SCENARIOS[:: max(1, len(SCENARIOS) // N_BLOWS)][:N_BLOWS]
PER_SCENARIO = -(-N_BLOWS // len(CHOSEN))
MOST_IN_A_ROW = 4
"""Blows to one search before it is left in peace to end."""

BLOWS_OF_SCRIPTS = tuple(name for name, blow in BLOWS.items() if blow.codes_of_scripts)
"""A script of the user's own has Python's answer to signals that ask it to stop, and draws no pictures."""

BLOWS_OF_FAKES = ("parent", "group", "power cut", "illustrator")
"""Nor has a fake worker processes."""


def blows_to(scenario: str) -> Iterator[str]:
    """Yield what befalls a scenario, in turn; each begins with another blow."""
    blows = [*BLOWS] if scenario in SPACES else [*(BLOWS_OF_SCRIPTS if scenario in SCRIPTS else BLOWS_OF_FAKES)]
    start = CHOSEN.index(scenario) + SEED
    return cycle([*blows[start % len(blows) :], *blows[: start % len(blows)]])


def test_there_is_a_scenario_of_each_strategy_and_race() -> None:
    assert set(STRATEGIES) <= {space.get("strategy", "grid") for space in SPACES.values()}
    assert {space.get("race", "every") for space in SPACES.values()} == set(RACES)
    for name in (*SPACES, *FAKED):
        space_from_dict(space_of(name))


@pytest.mark.slow
@pytest.mark.parametrize("scenario", CHOSEN)
def test_whatever_befalls_it_a_search_comes_to_the_same(tmp_path: Path, scenario: str) -> None:
    random = Random(f"{SEED} {scenario}")
    whole = search_in(tmp_path / "whole", scenario)
    started = time.monotonic()
    ended = whole.undisturbed()
    seconds = time.monotonic() - started
    assert ended.code == 0, ended.err
    expected, n_rows = result_of(whole), len(whole.rows())
    n_left, n_searches, blows = PER_SCENARIO, 0, blows_to(scenario)
    while n_left > 0:
        n_searches += 1
        search = search_in(tmp_path / f"search {n_searches}", scenario)
        before = search.rows()
        for name in islice(blows, min(n_left, MOST_IN_A_ROW)):
            found = struck(search, BLOWS[name], random, n_rows, seconds)
            note(scenario, name, found, n_rows)
            check_struck(BLOWS[name], found, is_script=scenario in SCRIPTS)
            assert_kept(before, found.rows)
            before = found.rows
            n_left -= 1
            if len(before) == n_rows:
                break
        ended = search.undisturbed()
        assert ended.code == 0, ended.err
        assert_kept(before, search.rows())
        assert result_of(search) == expected


def note(scenario: str, blow: str, found: Struck, n_rows: int) -> None:
    """Tell what befell whom, for whoever asked for many."""
    if path := os.environ.get("KERASGRID_KILLS_LOG"):
        codes = BLOWS[blow].codes_of_scripts if scenario in SCRIPTS else BLOWS[blow].codes
        is_odd = found.landed and found.ended.code not in codes
        fields = (
            scenario, blow, "landed" if found.landed else "late", f"{len(found.at)} {len(found.rows)}/{n_rows}",
            found.ended.code, found.ended.err if is_odd else "",
        )  # fmt: skip
        with open(path, "a") as file:
            file.write("\t".join(map(str, fields)) + "\n")
