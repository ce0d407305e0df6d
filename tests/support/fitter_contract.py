"""What every fitter must do: a test class that inherits this one says how to make the fitter, and runs all of it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kerasgrid.axes.candidate import Candidate
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import make_folds
from kerasgrid.fits.deadline import Deadline
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.fits.fitter import Fitter
from kerasgrid.fits.workload import Workload


def workload(n: int = 60, seed: int = 0) -> Workload:
    """Return a small table of three classes, with a test set, in two folds and two repeats."""
    y = np.arange(n) % 3
    x = (np.random.default_rng(seed).random((n, 4)) + y[:, None]).astype(np.float32)
    dataset = Dataset("made", x, y, x[:12] + 0.01, y[:12], "classification", ("a", "b", "c"), "made")
    folds = make_folds(dataset, cv=2, validation_split=None, seed=0, repeats=2)
    return Workload(dataset, folds, n_repeats=2)


def good(number: int = 0) -> Candidate:
    """Return a candidate that trains well, another one for every number."""
    rate = 0.01 * (number + 1)
    return Candidate({"model": "mlp", "hidden_units": (4,), "epochs": 2, "learning_rate": rate})


def of_epochs(candidate: Candidate, epochs: int) -> Candidate:
    """Return the candidate with other epochs."""
    return Candidate({**candidate, "epochs": epochs})


DIVERGING = Candidate(
    {"model": "mlp", "hidden_units": (4, 4), "activation": "linear", "optimizer": "SGD", "learning_rate": 1e30,
     "epochs": 50}
)  # fmt: skip
FAILING = Candidate({"model": "cnn", "epochs": 1})
"""Its model needs images."""


def numbers(result: FitResult) -> tuple[object, ...]:
    """Return what of a result must be the same whoever trains the fit, and whenever."""
    curve = {name: list(values) for name, values in result.curve.items()}
    return result.status, curve, result.n_parameters, result.error


class FitterContract:
    """Tests that a fitter's own inherit; they define :meth:`make` and nothing else."""

    @classmethod
    def make(cls) -> Fitter:
        """Return a new fitter that has nothing prepared."""
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def fitter(cls) -> Iterator[Fitter]:
        """One that is entered, for all tests that only train by it."""
        made = cls.make()
        made.prepare(workload())
        with made:
            yield made

    def test_every_fit_is_answered_once(self, fitter: Fitter) -> None:
        fits = [Fit(good(number), fold, repeat) for number in range(2) for fold in range(2) for repeat in range(2)]
        results = list(fitter.train(fits))
        assert len(results) == len(fits)
        assert {result.fit for result in results} == set(fits)
        for result in results:
            assert result.status == "ok"
            assert result.error is None
            assert {"loss", "accuracy", "val_loss", "val_accuracy"} <= set(result.curve)
            assert {len(values) for values in result.curve.values()} == {2}
            assert result.score("accuracy") == result.curve["val_accuracy"][-1]
            assert result.seconds > 0
            assert result.n_parameters > 0

    def test_who_tells_when_fits_were_trained_tells_no_worker_of_two_at_once(self, fitter: Fitter) -> None:
        began = time.time()
        results = list(fitter.train([Fit(good(number), fold) for number in range(3) for fold in range(2)]))
        stints = sorted(
            (one.stint.worker, one.stint.began, one.stint.ended) for one in results if one.stint is not None
        )
        assert len(stints) in (0, len(results))
        assert all(began <= start < end <= time.time() for _, start, end in stints)
        assert len({worker for worker, _, _ in stints}) <= fitter.n_workers
        for (worker, _, ended), (other, start, _) in itertools.pairwise(stints):
            assert worker != other or ended <= start

    def test_nothing_to_train_is_fine(self, fitter: Fitter) -> None:
        assert list(fitter.train([])) == []

    def test_what_goes_wrong_is_a_result(self, fitter: Fitter) -> None:
        fits = [Fit(FAILING, 0), Fit(DIVERGING, 0), Fit(good(), 0)]
        results = {result.fit.candidate: result for result in fitter.train(fits)}
        assert {candidate: result.status for candidate, result in results.items()} == {
            FAILING: "failed", DIVERGING: "diverged", good(): "ok",
        }  # fmt: skip
        assert "the model cnn needs images" in str(results[FAILING].error)
        assert results[FAILING].score("accuracy") is None
        assert results[DIVERGING].score("accuracy") is None
        assert results[DIVERGING].error is None

    def test_equal_fits_have_equal_results_in_any_order(self, fitter: Fitter) -> None:
        fits = [Fit(good(number), fold) for number in range(2) for fold in range(2)]
        first = {result.fit: numbers(result) for result in fitter.train(fits)}
        again = {result.fit: numbers(result) for result in fitter.train(fits[::-1])}
        assert first == again
        other = self.make()
        other.prepare(workload())
        with other:
            assert {result.fit: numbers(result) for result in other.train(fits[2:])} == {
                fit: first[fit] for fit in fits[2:]
            }

    def test_fits_that_differ_in_their_epochs_alone_are_answered_as_each_alone(self, fitter: Fitter) -> None:
        whole = [Fit(of_epochs(good(), epochs), fold) for fold in range(2) for epochs in (7, 1, 4)]
        alone = {fit: numbers(result) for fit in whole for result in fitter.train([fit])}
        results = list(fitter.train(whole))
        assert len(results) == len(whole)
        assert {result.fit: numbers(result) for result in results} == alone
        assert {result.fit.candidate["epochs"]: result.n_epochs for result in results} == {7: 7, 1: 1, 4: 4}
        # With some of them known, the others are what they were.
        assert {result.fit: numbers(result) for result in fitter.train(whole[1:3])} == {
            fit: alone[fit] for fit in whole[1:3]
        }

    @pytest.mark.parametrize(("candidate", "status"), [(FAILING, "failed"), (DIVERGING, "diverged")])
    def test_so_they_are_where_something_goes_wrong(self, fitter: Fitter, candidate: Candidate, status: str) -> None:
        whole = [Fit(of_epochs(candidate, epochs), 0) for epochs in (40, 50)]
        results = {result.fit: result for result in fitter.train(whole)}
        assert {fit: result.status for fit, result in results.items()} == dict.fromkeys(whole, status)
        for fit in whole:
            (alone,) = fitter.train([fit])
            assert repr(numbers(alone)) == repr(numbers(results[fit]))

    def test_fits_whose_rate_moves_over_all_epochs_are_trained_each_for_itself(self, fitter: Fitter) -> None:
        falling = Candidate({**good(), "learning_rate_schedule": "cosine"})
        whole = [Fit(of_epochs(falling, epochs), 0) for epochs in (3, 6)]
        together = {result.fit: numbers(result) for result in fitter.train(whole)}
        assert together == {fit: numbers(result) for fit in whole for result in fitter.train([fit])}

    def test_after_the_deadline_nothing_is_trained(self, fitter: Fitter) -> None:
        fits = [Fit(good(), fold) for fold in range(2)]
        assert list(fitter.train(fits, Deadline(-1))) == []
        assert len(list(fitter.train(fits, Deadline(600)))) == 2

    def test_leaving_early_stops(self, fitter: Fitter) -> None:
        early = [Fit(good(number), 0) for number in range(3)]
        for result in fitter.train(early):
            assert result.fit in early
            break
        late = [Fit(good(), 1), Fit(good(1), 1)]
        assert {result.fit for result in fitter.train(late)} == set(late)

    def test_a_refit_writes_a_model(self, fitter: Fitter, tmp_path: Path) -> None:
        path = tmp_path / "model.keras"
        final = fitter.refit(good(), 0, path)
        assert (final.status, final.error, final.model_path) == ("ok", None, str(path))
        assert path.stat().st_size > 0
        assert list(tmp_path.iterdir()) == [path]
        assert final.test is not None
        assert {"loss", "accuracy"} <= set(final.test)
        assert {"loss", "accuracy"} <= set(final.curve)
        assert not any(name.startswith("val_") for name in final.curve)

    def test_a_refit_ends_after_the_epochs_it_is_given(self, fitter: Fitter, tmp_path: Path) -> None:
        whole = fitter.refit(good(), 0, tmp_path / "whole.keras")
        final = fitter.refit(good(), 0, tmp_path / "model.keras", 1)
        assert (final.status, final.error) == ("ok", None)
        assert {len(values) for values in final.curve.values()} == {1}
        assert {len(values) for values in whole.curve.values()} == {2}

    @pytest.mark.parametrize(("candidate", "status"), [(FAILING, "failed"), (DIVERGING, "diverged")])
    def test_a_refit_that_goes_wrong_says_so(
        self, fitter: Fitter, tmp_path: Path, candidate: Candidate, status: str
    ) -> None:
        final = fitter.refit(candidate, 0, tmp_path / "model.keras")
        assert (final.status, final.model_path, final.test) == (status, None, None)
        assert (status == "diverged") == (final.error is None)
        assert list(tmp_path.iterdir()) == []

    def test_it_may_be_entered_again_with_other_data_or_never(self) -> None:
        fits = [Fit(good(), fold) for fold in range(2)]
        made, never = self.make(), self.make()
        never.prepare(workload())
        for work in (workload(), workload(n=45, seed=1)):
            made.prepare(work)
            with made:
                assert {result.fit for result in made.train(fits)} == set(fits)

    def test_what_ends_it_is_not_held_back(self) -> None:
        made = self.make()
        made.prepare(workload())
        with pytest.raises(KeyboardInterrupt), made:
            raise KeyboardInterrupt
