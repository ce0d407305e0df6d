"""Clusters in made-up time: a thousand workers, and faults by the hundred, in seconds. Nobody waits for ever."""

from __future__ import annotations

import os
import random
from collections import Counter
from typing import Any

import pytest

pytest.importorskip("distributed")

from support.dask_fits import fake, score_of
from support.simulated import Clock, World, random_faults, simulated

from kerasgrid.errors import WorkersDieError
from kerasgrid.fits.deadline import Deadline
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.workers.dask_cluster import Cluster

SEEDS = range(int(os.environ.get("KERASGRID_SIMULATED", "12")))
"""More of them on demand."""


def width_of(fit: Fit) -> int:
    units: Any = fit.candidate["hidden_units"]
    return int(units[0])


def answered(world: World, fits: list[Fit], most: int | None = None) -> list[FitResult]:
    """Return the result of every fit, each once."""
    with simulated(world, most) as (crew, of):
        results = [result for _, result in crew.answers(of.requests(fits))]
    assert Counter(result.fit for result in results) == Counter(fits)
    return results


def test_a_thousand_slots_are_kept_at_work() -> None:
    world = World(lambda fit: 2.0, clock=Clock())
    for number in range(100):
        world.add(10, machine=f"machine-{number}")
    fits = [Fit(fake(number, width=4 + number % 5), 0) for number in range(6000)]
    results = answered(world, fits)
    assert all(result.score("accuracy") == score_of(result.fit, 40).score("accuracy") for result in results)
    # Six rounds of two seconds, and each slot builds a program, which takes one.
    assert world.clock.now() < 6 * 2.0 + 3.0
    # Two a task: of so many, tasks of a fit each would be more than a scheduler gets through.
    assert world.n_tasks <= 5000


def test_short_fits_travel_many_at_a_time_the_more_slots_there_are() -> None:
    n_tasks = {}
    for n_slots in (4, 400):
        world = World(lambda fit: 0.02, build_seconds=0.5)
        for _ in range(n_slots):
            world.add()
        answered(world, [Fit(fake(number), 0) for number in range(40 * n_slots)])
        n_tasks[n_slots] = world.n_tasks / n_slots
    assert n_tasks[400] < n_tasks[4] < 12


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_every_fit_is_answered_once(seed: int) -> None:
    chance = random.Random(seed)
    lengths = [chance.choice([0.01, 0.05, 0.3, 2.0, 20.0]) for _ in range(chance.choice([1, 3, 9]))]
    world = World(lambda fit: lengths[width_of(fit) - 4], build_seconds=chance.choice([0.1, 1.0, 5.0]))
    for _ in range(chance.choice([1, 2, 5])):
        world.add(chance.choice([1, 2, 4]))
    n = chance.choice([30, 300])
    fits = [Fit(fake(number, width=4 + chance.randrange(len(lengths))), 0) for number in range(n)]
    world.most_seconds = 6 * 3600.0
    until = chance.choice([0.0, 20.0, 200.0])
    if until:
        random_faults(world, seed, until, every=chance.choice([0.3, 3.0, 30.0]))
    results = answered(world, fits, chance.choice([None, 1, 3]))
    lost = [result for result in results if result.status != "ok"]
    assert {result.error for result in lost} <= {"the worker of the cluster died over it, twice"}
    assert until or not lost


def test_a_slot_that_is_better_off_idle_holds_up_none_of_the_others() -> None:
    world = World(lambda fit: 0.6 if width_of(fit) == 5 else 0.3, build_seconds=3.0)
    world.add(2)
    world.most_seconds = 1000.0
    fits = [Fit(fake(0, width=5), 0), *(Fit(fake(number), 0) for number in range(6))]
    assert {result.status for result in answered(world, fits)} == {"ok"}


def test_what_fails_again_and_again_ends_the_search() -> None:
    world = World(lambda fit: 1.0)
    world.add(2)
    submit = world.submit

    def lost(*args: Any, **options: Any) -> Any:
        task = submit(*args, **options)
        world.at(world.clock.now() + 0.1, lambda: task.end("cancelled"))
        return task

    world.submit = lost  # type: ignore[method-assign]
    world.most_seconds = 1000.0
    rule = r"^nothing comes of what the cluster is sent, got no reason \(tried [\d,]+ times in 1 min 0 s; what is"
    with simulated(world) as (crew, of), pytest.raises(WorkersDieError, match=rule):
        list(crew.answers(of.requests([Fit(fake(0), 0), Fit(fake(1), 0)])))


def test_what_cannot_be_sent_ends_it_too() -> None:
    world = World(lambda fit: 1.0)
    world.add(2)

    def refused(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the message is too long")

    world.submit = refused  # type: ignore[method-assign]
    world.most_seconds = 1000.0
    with simulated(world) as (crew, of), pytest.raises(WorkersDieError, match="got the message is too long"):
        list(crew.answers(of.requests([Fit(fake(0), 0)])))


def test_one_machine_that_fails_for_ever_is_no_trouble_to_long_fits() -> None:
    world = World(lambda fit: 4000.0 if width_of(fit) == 4 else 1.0)
    world.add(machine="well")
    fits = [Fit(fake(0), 0), *(Fit(fake(number, width=5), 0) for number in range(1, 100))]

    def ails() -> None:
        if world.clock.now() < 3000.0:
            if "tcp://ill" in world.workers:
                world.kill("tcp://ill")
            world.add(machine="ill", address="tcp://ill")
            world.at(world.clock.now() + 0.5, ails)

    world.at(2.0, ails)
    world.most_seconds = 20_000.0
    assert {result.status for result in answered(world, fits)} == {"ok", "failed"}


def test_the_deadline_holds_whatever_is_under_way() -> None:
    world = World(lambda fit: 50.0)
    world.add(3)
    with simulated(world) as (crew, of):
        assert list(crew.answers(of.requests([Fit(fake(0), 0)]), Deadline(-1))) == []
        assert isinstance(crew._cluster, Cluster)
