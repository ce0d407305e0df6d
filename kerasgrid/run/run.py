"""A run: everything that is known of one search at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasgrid.axes.blocks import Block
from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.explaining import Explained
from kerasgrid.fits.fit import FinalResult, FitResult
from kerasgrid.fits.metric import Metric, metric_named
from kerasgrid.insight.against_baselines import Baseline
from kerasgrid.insight.curves import metric_of_curves
from kerasgrid.insight.effects import Effects, effects
from kerasgrid.insight.ensembles import EnsembleFound
from kerasgrid.insight.gain import Gain
from kerasgrid.insight.ranking import Trial, winner
from kerasgrid.insight.ties import TieSet, tie_set
from kerasgrid.run.machines import Machine
from kerasgrid.space.spec import Space
from kerasgrid.system.devices import CPU
from kerasgrid.system.versions import installed_versions

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, repr=False)
class Run:
    """What was asked, of which data, how far it went, and what came of it.

    Every report is made of this and nothing else. It does not change: a search that goes on is another one. ::

        run.best.candidate["learning_rate"]   # of the best trial
        run.tie_set.cheapest.n_parameters     # of the cheapest trial that cannot be told from it
        run.to_frame().head()                 # the best five, as a table of pandas

    In a notebook it shows itself: the best trials, and a link to its page.

    Attributes:
        name: Name of the space.
        dataset: ``name``, ``source``, ``fingerprint``, ``n_train``, ``n_test``, ``input_shape``; anything of JSON.
        metric: What the trials are ranked by.
        task: ``classification`` or ``regression``.
        classes: Labels in the order of the confusion matrix; empty for regression.
        n_folds: Folds a repeat; 1 for a hold-out split.
        n_repeats: Repeats, those that were added to confirm the best trials included.
        n_fits_asked: Candidates × folds × repeats.
        n_fits_done: How many of them need no training again.
        seed: Seed of the run; None if it has none.
        trials: Best first.
        results: What came of each fit, with its learning curve.
        looks: What came of fits of fewer epochs at which a race looked at these on their way, each as one of the trial
            that it is on the way to.
        began: When each search in its folder began, in seconds since 1970, UTC; empty if that is not known.
        final: The refitted winner; None before there is one.
        log_axes: Names of the axes whose values came from a logarithmic distribution.
        elapsed: Wall time of the search in seconds.
        created: When the run was made, ISO 8601 in UTC.
        versions: Of the packages that trained, of the latest training.
        older_versions: Those of earlier trainings of the same run, if they were others, in order.
        held_out_share: The share in (0, 1) of the training samples that a fit is scored on; None for one of equal
            folds.
        has_fixed_splits: Whether every repeat has the same folds, because the data gives them.
        n_confirmed: How many trials ``kerasgrid confirm`` gave more repeats; they are the first by rank.
        n_new_repeats: How many of the repeats these are.
        blocks: The axes of the space, from which effects and ranges are told.
        strategy: How the candidates were chosen.
        is_ordered: Whether the trials tell a story, so that tables show them in the order of the space.
        ensemble: What came of joining the trials that cannot be told from the best; None where that was not asked for.
            If it is taken, ``final`` and ``model.keras`` are the ensemble's.
        explained: What a closer look at the best trial has shown; None without one.
        gain: What the search gained by the new repeats of its winner; None if its space did not ask for that.
        baseline: The candidate that the others are held against; None for most strategies.
        baselines: Simple models that were trained on the same folds, as far as they are known; empty unless asked for.
        n_fit_samples: Training samples of a fit, of the smallest fold; 0 if unknown.
        space: What was asked; None for a search of scikit-learn's.
        folder: Where its files are; None if it has none.
        n_unreadable: Results in its file that cannot be read; they count as missing.
        fold_fingerprints: Of each fold, repeat by repeat, in the order of a trial's scores; empty if they are unknown.
        device: The kind of device that all fits were trained on: ``cpu`` or ``gpu``.
        machines: The machines of a cluster that the last search was trained on; empty for this machine alone.
        has_old_model: Whether the model in its folder, if there is one, is of an earlier state of the run.
    """

    name: str
    dataset: Mapping[str, Any]
    metric: str
    task: str
    classes: Sequence[str]
    n_folds: int
    n_repeats: int
    n_fits_asked: int
    n_fits_done: int
    seed: int | None
    trials: Sequence[Trial] = ()
    results: Sequence[FitResult] = field(default=(), repr=False)
    looks: Sequence[FitResult] = field(default=(), repr=False)
    began: Sequence[float] = ()
    final: FinalResult | None = None
    log_axes: frozenset[str] = frozenset()
    elapsed: float = 0.0
    created: str = ""
    versions: Mapping[str, str] = field(default_factory=installed_versions)
    older_versions: Sequence[Mapping[str, str]] = ()
    held_out_share: float | None = None
    has_fixed_splits: bool = False
    n_confirmed: int = 0
    n_new_repeats: int = 0
    blocks: Sequence[Block] = ()
    strategy: str = ""
    is_ordered: bool = False
    ensemble: EnsembleFound | None = None
    explained: Explained | None = None
    gain: Gain | None = None
    baseline: Candidate | None = None
    baselines: Sequence[Baseline] = ()
    n_fit_samples: int = 0
    space: Space | None = None
    folder: Path | None = None
    n_unreadable: int = 0
    fold_fingerprints: Sequence[str] = field(default=(), repr=False)
    device: str = CPU
    machines: Sequence[Machine] = ()
    has_old_model: bool = False

    @property
    def complete(self) -> bool:
        """Whether every fit that was asked for is done."""
        return self.n_fits_done >= self.n_fits_asked

    @property
    def known_share(self) -> float:
        """The share of the training samples that a fit is scored on."""
        return self.held_out_share if self.held_out_share is not None else 1 / self.n_folds

    @property
    def best(self) -> Trial | None:
        """The best trial that has a score; None if no trial has one."""
        return winner(self.trials)

    @property
    def scale(self) -> Metric:
        """The metric's row: its label, its unit and its direction."""
        return metric_named(self.metric)

    @cached_property
    def curve_metric(self) -> str:
        """The metric whose learning curves are shown: see :func:`kerasgrid.insight.curves.metric_of_curves`."""
        return metric_of_curves(self.results, self.metric, self.task)

    @cached_property
    def tie_set(self) -> TieSet:
        """The trials that cannot be told from the best with 95% confidence, and the cheapest of them."""
        return tie_set(self.trials, self.metric, self.known_share)

    @cached_property
    def shared_ranks(self) -> Mapping[int, int]:
        """For each rank, the first rank of the same mean: trials without a mean share theirs, too.

        A confirmed trial, which has more scores, shares no rank with one that is not.
        """
        places = {trial.rank: (trial.mean, 0 if trial.mean is None else len(trial.scores)) for trial in self.trials}
        first: dict[tuple[float | None, int], int] = {}
        for rank in sorted(places, reverse=True):
            first[places[rank]] = rank
        return {rank: first[place] for rank, place in places.items()}

    def effects(self) -> Effects:
        """Return what each axis does to the score, and how much of the differences between trials it makes.

        For example ``{axis.factor.name: axis.importance for axis in run.effects().axes}``.
        """
        return self._effects

    def to_frame(self) -> pd.DataFrame:
        """Return one row a trial, best first, in the column names of scikit-learn's ``cv_results_``.

        As with scikit-learn's ``neg_…`` scorers, losses are **negated** in the ``…_score`` columns, so that higher is
        better in every table. Times are in seconds. ``params`` is JSON; a ``param_<name>`` column holds the values
        themselves, and is empty for candidates without that parameter. ``rank_test_score`` is shared by equal means,
        as scikit-learn's, and by all trials without a mean. Columns of our own are those of
        :data:`kerasgrid.run.columns.COLUMNS`; some are there only where they say something.

        For example ``run.to_frame().plot.scatter("param_dropout", "mean_test_score")``.
        """
        from kerasgrid.run.frame import results_frame

        return results_frame(self)

    def __repr__(self) -> str:
        from kerasgrid.run.columns import score_name, score_text
        from kerasgrid.system.words import counted

        best = "no score" if self.best is None else f"best {score_name(self.metric)} {score_text(self.best)}"
        return f"<Run {self.name}: {counted(len(self.trials), 'trial')}, {best}>"

    def _repr_html_(self) -> str:
        from kerasgrid.run.notebook import run_html

        return run_html(self)

    @cached_property
    def _effects(self) -> Effects:
        return effects(self.trials, self.blocks, self.task)
