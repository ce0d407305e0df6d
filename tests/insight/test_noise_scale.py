"""The noise scale of SGD, and its columns."""

from __future__ import annotations

import math

import pytest
from support.trials import all_fits, grid, made_run, trials_of

from kerasgrid.axes.candidate import Candidate
from kerasgrid.insight.noise_scale import noise_scale, noise_scales
from kerasgrid.reports.tables.columns import columns
from kerasgrid.reports.tables.results_csv import results_csv


def test_ten_times_the_batch_is_a_tenth_of_the_rate() -> None:
    # Smith et al. (2018): g = ε (N / B) / (1 − m).
    assert noise_scale(0.1, 50_000, 100) == pytest.approx(50.0)
    assert noise_scale(0.1, 50_000, 1000) == pytest.approx(noise_scale(0.01, 50_000, 100))
    assert noise_scale(0.1, 50_000, 100, momentum=0.9) == pytest.approx(500.0)
    assert noise_scale(0.1, 50, 100) == pytest.approx(0.1)


def test_only_the_sgd_family_has_one() -> None:
    def of(**params: object) -> float | None:
        return noise_scales([Candidate({"model": "mlp", **params})], 1000)[0]  # type: ignore[dict-item]

    assert of(optimizer="SGD", learning_rate=0.1, batch_size=10) == pytest.approx(10.0)
    assert of(optimizer="SGD", learning_rate=0.1, batch_size=10, momentum=0.5) == pytest.approx(20.0)
    assert of(optimizer="momentum", learning_rate=0.1, batch_size=10) == pytest.approx(100.0)
    assert of(optimizer="nesterov", learning_rate=0.1, batch_size=10) == pytest.approx(100.0)
    assert of(optimizer="SGD") == pytest.approx(0.001 * 1000 / 32)
    assert of(optimizer="Adam") is None
    assert of() is None
    assert noise_scales([Candidate({"optimizer": "SGD"})], 0) == [None]
    assert noise_scales([Candidate({"optimizer": "Quantum"})], 10) == [None]


def test_it_is_a_column_of_results_and_page() -> None:
    found = grid({"optimizer": ["SGD", "Adam"], "learning_rate": [0.1], "batch_size": [10]})
    trials = trials_of(found, all_fits(found))
    table = made_run(trials, n_fit_samples=1000).to_frame()
    by_optimizer = dict(zip(table["param_optimizer"], table["noise_scale"], strict=True))
    assert by_optimizer["SGD"] == pytest.approx(10.0)
    assert math.isnan(by_optimizer["Adam"])
    assert "noise_scale" in results_csv(made_run(trials, n_fit_samples=1000)).splitlines()[0].split(",")
    (column,) = (column for column in columns(made_run(trials, n_fit_samples=1000)) if column.name == "noise scale")
    assert set(column.cells) == {10.0, None}
    # Without anything of the SGD family, and where the number of samples is unknown, there is none.
    adams = trials_of(found[1:], all_fits(found[1:]))
    assert "noise_scale" not in made_run(adams, n_fit_samples=1000).to_frame()
    assert "noise_scale" not in made_run(trials).to_frame()
