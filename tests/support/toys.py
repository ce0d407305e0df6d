"""One toy of each kind of thing, added through the public tables alone.

Importing this adds a metric, two hyperparameters and a model family, as a module of a user's own would: worker
processes import it, too. The other toys are needed in the searching process alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import BaseModel, Field

from kerasgrid import Candidate
from kerasgrid.axes.problems import CONFIG
from kerasgrid.data.raw import Raw
from kerasgrid.fits.fit import FinalResult, Fit, FitResult
from kerasgrid.insight.race_marks import Dropped
from kerasgrid.insight.ranking import Trial
from kerasgrid.run.run import Run
from kerasgrid.sockets import (
    BASELINES,
    FAMILIES,
    METRICS,
    PARAMETERS,
    BaselineModel,
    Export,
    FakeFitter,
    Metric,
    ModelFamily,
    Parameter,
    ReportFile,
    Request,
    ResultColumn,
    Source,
    Strategy,
    Workload,
)


def among_two(tf: Any, targets: Any, outputs: Any) -> Any:
    """1 for each sample whose class has one of the two largest outputs."""
    return tf.math.in_top_k(targets, outputs, 2)


def naive_bayes(facts: Any) -> Any:
    """A simple model for numbers."""
    from sklearn.naive_bayes import GaussianNB

    return GaussianNB()


def build_shifted(params: Mapping[str, Any], input_shape: tuple[int, ...], n_outputs: int, seed: int | None) -> Any:
    """One dense layer on inputs that are shifted by a number."""
    import keras

    from kerasgrid.models.parts import Parts

    inputs = keras.Input(input_shape)
    x = keras.layers.Flatten()(inputs)
    x = keras.layers.Rescaling(1.0, offset=params["shift"])(x)
    outputs = Parts(params, seed).dense(n_outputs, activation=params["output_activation"], name="output")(x)
    return keras.Model(inputs, outputs)


BASELINES.add(BaselineModel("naive_bayes", "naive Bayes", naive_bayes))
METRICS.add(Metric("top_2", "among the two largest outputs", greater_is_better=True, task="classification",
                   low=0.0, high=1.0, terms=among_two))  # fmt: skip
PARAMETERS.add(Parameter("shift", "float", "what is added to the inputs", "shifted", structural=True, default=0.0))
FAMILIES.add(ModelFamily("shifted", "softmax regression on shifted inputs", ("layers", "shifted"), build=build_shifted))


class StepKeys(BaseModel):
    """How often to go on."""

    model_config = CONFIG

    steps: int = Field(2, ge=1)


class Halving(Strategy):
    """A rate, then again and again half of the best so far and twice as much."""

    name: ClassVar[str] = "halving_rate"
    description: ClassVar[str] = "half of the best rate so far, and twice as much"
    Keys: ClassVar[type[BaseModel]] = StepKeys

    @property
    def batch_sizes(self) -> tuple[int, ...]:
        """One, then two a step."""
        return (1, *[2] * self.keys.steps)

    def next(self, trials: Sequence[Trial], task: str) -> Sequence[Candidate]:
        """Return the two around the best, without what was tried."""
        if not trials:
            return [self.blocks[0].at(0)]
        if max(trial.round or 0 for trial in trials) > self.keys.steps:
            return []
        best = trials[0].candidate
        rate = float(str(best["learning_rate"]))
        around = [Candidate({**best, "learning_rate": rate * factor}) for factor in (0.5, 2.0)]
        return [candidate for candidate in around if candidate not in {trial.candidate for trial in trials}]


class FirstFold:
    """The best three by their first scores are trained on all folds, the others on one."""

    name: ClassVar[str] = "first_fold"
    description: ClassVar[str] = "all folds for the best three of the first fold"

    def fits(self, asked: Sequence[Fit], trials: Sequence[Trial], metric: Metric) -> Sequence[Fit]:
        """Return the first fits, and the others of the best three once the first ones are known."""
        first = [fit for fit in asked if fit.fold == fit.repeat == 0]
        known = {trial.candidate: trial.scores[0] for trial in trials if trial.fits_done}
        if len(known) < len(first):
            return first
        best = sorted(known, key=lambda candidate: metric.sign * (known[candidate] or 0.0))[-3:]
        return [fit for fit in asked if fit in first or fit.candidate in best]

    def dropped(self, asked: Sequence[Fit], trials: Sequence[Trial], metric: Metric) -> Mapping[Candidate, Dropped]:
        """Return the others."""
        whole = {fit.candidate for fit in self.fits(asked, trials, metric) if fit.fold > 0}
        return {fit.candidate: Dropped(1, 3) for fit in asked if whole and fit.candidate not in whole}


def names_of(run: Run) -> bytes | None:
    """The ids of the trials, a line each."""
    return "".join(f"{trial.candidate.id}\n" for trial in run.trials).encode() or None


NAMES = ReportFile("names.txt", "What the trials are called", names_of, label="names")

N_FITS = ResultColumn("n_fits", lambda run, trial: trial.fits_done, {"csv": 90, "page": 90, "terminal": 90},
                      dtype="int64")  # fmt: skip


def write_count(run: Run, path: Path, epochs: bool) -> None:
    """The number of trials as JSON."""
    path.write_text(json.dumps({"trials": len(run.trials)}), encoding="utf-8")


COUNT = Export("count", "count.json", write_count, is_table=False)


def read_blobs(request: Request) -> Raw:
    """Three clouds of points, one a class."""
    rng = np.random.default_rng(request.seed)
    y = np.arange(60) % 3
    x = (y[:, None] + rng.normal(0, 0.2, (60, 4))).astype("float32")
    return Raw(x, y, x[:12], y[:12], source="made up", where="blobs")


BLOBS = Source("blobs", "three clouds of points", read_blobs, task="classification")


class CountingFitter:
    """A fitter around another one, which counts what it is asked for."""

    def __init__(self, inner: FakeFitter) -> None:
        self.inner = inner
        self.n_fits = 0

    @property
    def n_workers(self) -> int:
        """As many as the other one."""
        return self.inner.n_workers

    def prepare(self, work: Workload) -> None:
        """Tell the other one."""
        self.inner.prepare(work)

    def __enter__(self) -> Self:
        self.inner.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.inner.__exit__(kind, error, trace)

    def train(self, fits: Sequence[Fit], deadline: float | None = None) -> Iterator[FitResult]:
        """Count, and have the other one train."""
        self.n_fits += len(fits)
        yield from self.inner.train(fits, deadline)

    def refit(self, candidate: Candidate, seed: int, model_path: Path, epochs: int | None = None) -> FinalResult:
        """Have the other one refit."""
        return self.inner.refit(candidate, seed, model_path, epochs)
