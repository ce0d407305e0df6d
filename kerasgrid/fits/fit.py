"""A fit, one candidate trained once, and what came of it. Imports neither TensorFlow nor Keras."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from kerasgrid.axes.candidate import Candidate, Resolved
from kerasgrid.axes.families import FAMILIES
from kerasgrid.axes.names import is_own
from kerasgrid.axes.value import Value
from kerasgrid.fits.stopping import watched_share
from kerasgrid.system.devices import CPU

ENGINE_VERSION = 2
"""Part of every fit's key. Raise it when a change makes the same fit give other numbers."""

CONVOLUTIONS_VERSION = 1
"""Part of the keys of fits of kerasgrid's models with convolutions of few filters alone.

1: they are computed with the batch last, which rounds otherwise.
"""

OWN_MODELS_VERSION = 2
"""Part of the keys of fits of users' own models alone. Raise it when a change makes the same one of these give others.

1: constraints are applied, and the gradients of embeddings are taken one by one, where Keras does so.
2: convolutions of few filters are computed with the batch last, which rounds otherwise.
"""

OF = " of "
"""Between a metric and one of several targets, where it is told of each: ``r2 of price``."""

MOST_PREDICTIONS = 1000
"""How many predictions on the test set are kept for each target of a regression."""

Status = Literal["ok", "diverged", "failed"]
"""``ok``: trained to the end. ``diverged``: the loss became non-finite. ``failed``: an error stopped it."""

Curve = Mapping[str, Sequence[float]]
"""One value per epoch for each of Keras's names: ``loss``, ``accuracy``, ``val_loss``, ``val_accuracy``, …"""


@dataclass(frozen=True, slots=True)
class Fit:
    """One candidate × fold × repeat: the unit of work, of journalling and of reuse.

    Attributes:
        candidate: The values of every axis.
        fold: Index of the fold, from 0.
        repeat: Index of the repeat, from 0.
        seed: Seed of the run. Initial weights, batch order and dropout depend on (seed, fold, repeat) only, so that
            all candidates share them and their differences are paired.
        curve_every: Record the training loss of every so many training steps, too; 0 for epochs only.
        metrics: Metrics that it records besides those of the task, in alphabetical order.
        curve_metrics: Those of them that it records at each epoch, not at the last alone.
        pauses: Whether a fit of more epochs may go on from where this one ends. Its numbers do not depend on it.
        device: On which kind of device it is trained, a name of :data:`kerasgrid.system.devices.DEVICES`.
    """

    candidate: Candidate
    fold: int
    repeat: int = 0
    seed: int = 0
    curve_every: int = 0
    metrics: tuple[str, ...] = ()
    curve_metrics: tuple[str, ...] = ()
    pauses: bool = field(default=False, compare=False)
    device: str = CPU

    def key(self, task: str, data_fingerprint: str, fold_fingerprint: str, groups_and_times: str = "") -> str:
        """Return the content key: 32 hexadecimal digits of a hash of all that determines this fit's numbers.

        But for their rounding: whether it is compiled (:class:`kerasgrid.workers.compiling.Compiling`) is not in it.

        Defaults count as if they were written down: writing one down, or adding it as a choice, retrains nothing. Nor
        does a new hyperparameter, as long as it has its default. Groups and times count where samples are watched:
        they decide which. A kind of device counts if it is not the CPU.
        """
        # A fit without a curve of its steps has nothing to read one off, so asking for one is another fit; nor has one
        # without its predictions for another metric.
        asked = {name: getattr(self, name) for name in ("curve_every", "metrics", "curve_metrics")}
        more = [{name: value} for name, value in {**asked, **keyed_device(self.device)}.items() if value]
        params = _params_text(self.candidate.resolved(task), groups_and_times, OWN_MODELS_VERSION, CONVOLUTIONS_VERSION)
        rest = (data_fingerprint, fold_fingerprint, self.fold, self.repeat, self.seed)
        asked_too = (json.dumps(part, sort_keys=True) for part in more)
        return _key_of(_json(ENGINE_VERSION), params, *map(_json, rest), *asked_too)


@lru_cache(maxsize=1024, typed=True)
def _json(part: str | int) -> str:
    # The keys of 100,000 fits are made of a few folds and seeds.
    return json.dumps(part)


@lru_cache(maxsize=1)
def _params_text(resolved: Resolved, groups_and_times: str, *versions: int) -> str:
    # The fits of a candidate are asked for their keys one after the other, and most of a key is this.
    return json.dumps(keyed_params(resolved, groups_and_times), sort_keys=True)


def keyed_params(resolved: Resolved, groups_and_times: str = "") -> dict[str, Value]:
    """Return what a key has of a candidate's hyperparameters, and of what counts with some of them alone.

    Args:
        resolved: The hyperparameters.
        groups_and_times: Hash of the samples' groups and times; empty without either.
    """
    params, model = dict(resolved.keyed), resolved.params["model"]
    if is_own(model):
        params["own_models"] = OWN_MODELS_VERSION
    elif FAMILIES[str(model)].is_narrow(resolved.params):
        params["convolutions"] = CONVOLUTIONS_VERSION
    if groups_and_times and watched_share(resolved.params):
        params["groups_and_times"] = groups_and_times
    return params


def keyed_device(device: str) -> dict[str, str]:
    """Return what a key has of a kind of device, each of which rounds in its own way; nothing of the CPU."""
    return {} if device == CPU else {"device": device}


def content_key(*parts: object) -> str:
    """Return 32 hexadecimal digits of a hash of these parts (anything of JSON) and of the engine's version."""
    return _key_of(*(json.dumps(part, sort_keys=True) for part in (ENGINE_VERSION, *parts)))


def _key_of(*texts: str) -> str:
    # As JSON writes a list of them.
    return hashlib.sha256(f"[{', '.join(texts)}]".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Stint:
    """When a fit was trained, and by whom; building its program, where that had to be done, included.

    Attributes:
        began: When a worker turned to it, in seconds since 1970, UTC.
        ended: When it was done with it.
        worker: Which worker that was, for people: ``1``, or ``node-7 · 1`` on a cluster.
    """

    began: float
    ended: float
    worker: str = "1"


@dataclass(frozen=True, slots=True)
class FitResult:
    """What came of one fit.

    Attributes:
        fit: The fit.
        status: See :data:`Status`.
        curve: Per-epoch values; shorter than ``epochs`` if the fit diverged, empty if it failed. Losses are the data's
            alone, without the L2 penalty, so that candidates of different ``l2`` compare. A metric of the last epoch's
            predictions has that one value.
        seconds: Wall time of the training, compiling not included.
        n_parameters: Number of the model's weights, trainable or not.
        error: Why it failed; None otherwise.
        steps: If the fit has ``curve_every``: ``iteration``, a training step counted from 1, and ``loss``, the mean
            training loss of the steps since the value before. The last value may be of fewer steps.
        best_epoch: With early stopping the epoch, counted from 1, that was the best by the samples that it watches;
            None without, or if none counted.
        restored: Whether the model ended with the weights of that epoch, so that the fit is scored there.
        stint: When it was trained, and by whom; None if that is not known. Equal results may have other ones.
    """

    fit: Fit
    status: Status
    curve: Curve = field(default_factory=dict)
    seconds: float = 0.0
    n_parameters: int = 0
    error: str | None = None
    steps: Curve = field(default_factory=dict)
    best_epoch: int | None = None
    restored: bool = False
    stint: Stint | None = field(default=None, compare=False)

    def of(self, fit: Fit) -> FitResult:
        """Return it as the result of this fit; ``dataclasses.replace`` would take several times as long."""
        return self if fit is self.fit else self._with(fit, self.stint)

    def trained(self, stint: Stint | None) -> FitResult:
        """Return it as trained then, and by this worker."""
        return self._with(self.fit, stint)

    def _with(self, fit: Fit, stint: Stint | None) -> FitResult:
        return FitResult(
            fit, self.status, self.curve, self.seconds, self.n_parameters, self.error, self.steps, self.best_epoch,
            self.restored, stint,
        )  # fmt: skip

    @property
    def n_epochs(self) -> int:
        """How many epochs were trained."""
        return max(map(len, self.curve.values()), default=0)

    @property
    def kept_curve(self) -> Curve:
        """The curve up to the epoch whose weights the model ended with: the last one, unless the best is restored."""
        if not self.restored:
            return self.curve
        return {name: values[: self.best_epoch] for name, values in self.curve.items()}

    def score(self, metric: str) -> float | None:
        """Return the held-out metric at the epoch whose weights the model ended with.

        None if the fit did not end well, or if it was trained before the metric was there to be recorded.
        """
        values = self.kept_curve.get(f"val_{metric}")
        return float(values[-1]) if values and self.status == "ok" else None


@dataclass(frozen=True, slots=True)
class FinalResult:
    """The winner refitted on all training data, and its one evaluation on the test set.

    Attributes:
        status: As for a fit.
        curve: Training values per epoch (there is no held-out data).
        test: Test-set metrics by name (``loss``, ``accuracy``, …); None without a test set.
        confusion_matrix: Counts, rows true classes, columns predicted ones; None for regression or without a test set.
        model_path: Where ``model.keras`` was written; None if the refit did not end well.
        seconds: Wall time of the training.
        error: Why it failed; None otherwise.
        best_epoch: With early stopping by samples of its own, the epoch, counted from 1, that was the best by them;
            None otherwise.
        line: For one number in and one number out, what the model makes of it, to be drawn: ``x`` and ``y`` on a grid
            over the training inputs, ``x_train`` and ``y_train`` at most 500 of the training samples; None otherwise.
        predictions: Of a regression's test set, at most :data:`MOST_PREDICTIONS` samples at even distances: for each
            target the pairs of true and predicted value, in the target's unit. None for classification or without a
            test set, and for runs of before they were kept.
    """

    status: Status
    curve: Curve = field(default_factory=dict)
    test: Mapping[str, float] | None = None
    confusion_matrix: Sequence[Sequence[int]] | None = None
    model_path: str | None = None
    seconds: float = 0.0
    error: str | None = None
    line: Mapping[str, Sequence[float]] | None = None
    predictions: Sequence[Sequence[tuple[float, float]]] | None = None
    best_epoch: int | None = None
