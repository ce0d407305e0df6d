"""What the page and the terminal both say about a run, as plain text: it may hold markup and must be escaped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from kerasgrid.axes.candidate import value_text
from kerasgrid.fits.fit import OF, FinalResult
from kerasgrid.insight.groups import (
    DIVERGED,
    NOT_LEARNING,
    OVERFITTING,
    STILL_IMPROVING,
    UNSTABLE,
    Shared,
    groups,
)
from kerasgrid.insight.ranking import Trial, whole_repeats
from kerasgrid.reports.text.baselines import baselines_lines
from kerasgrid.reports.text.confirmed import confirmed_lines
from kerasgrid.reports.text.ensemble import ensemble_line
from kerasgrid.reports.text.explained import explained_lines
from kerasgrid.run.columns import score_text
from kerasgrid.run.parameters import params_line, place, varying_params
from kerasgrid.run.run import Run
from kerasgrid.system.devices import CPU, DEVICES
from kerasgrid.system.words import counted, duration, number_text, short

_RANKS = 5


def title(run: Run) -> str:
    """Return ``fmnist on fashion_mnist``."""
    dataset = run.dataset.get("name")
    return run.name if dataset in (None, run.name) else f"{run.name} on {dataset}"


def notice(run: Run) -> str:
    """Return what a reader must know of the run first: what is missing of it, and of what it is mixed; or nothing."""
    lines = []
    n_missing = run.n_fits_asked - run.n_fits_done
    n_failed = sum(len(one.scores) - one.fits_done for one in run.trials if one.status == "failed")
    has_model = run.final is not None and run.final.status == "ok"
    is_cut_off = any(None in one.scores for one in run.trials[: run.n_confirmed])
    if n_missing > n_failed + run.n_unreadable and has_model and not is_cut_off:
        # Its time was up, and it has its model.
        lines.append(f"Ended after {run.n_fits_done:,} of {run.n_fits_asked:,} fits; the same search goes on there.")
    elif not run.complete:
        lines.append(f"Incomplete: {run.n_fits_done:,} of {run.n_fits_asked:,} fits are done.")
    if run.n_unreadable:
        lines.append(
            f"{counted(run.n_unreadable, 'stored fit')} cannot be read; searching again trains what is missing."
        )
    if run.older_versions:
        lines.append("Fits come from more than one set of versions.")
    return " ".join(lines)


def made_line(run: Run) -> str:
    """Return when the run was made, its seed, and the versions of what trained."""
    made = [moment(run.created)] if run.created else []
    made += [] if run.seed is None else [f"seed {run.seed}"]
    made += device_words(run)
    made += [f"{name} {version}" for name, version in run.versions.items()]
    return " · ".join(made)


def device_words(run: Run) -> list[str]:
    """Return what all fits were trained on, as a list of one; empty for a CPU, which is not worth a word."""
    return [] if run.device == CPU else [f"trained on the {DEVICES[run.device].label}"]


def shared_line(run: Run) -> str:
    """Return the parameters that all trials share; nothing without any."""
    varying = varying_params(run.trials)
    fixed = sorted({name for trial in run.trials for name in trial.candidate} - set(varying), key=place)
    return "All trials: " + params_line(run.trials[0], fixed) if fixed else ""


def more_lines(run: Run) -> list[str]:
    """Return what is said of the best trial below its score."""
    return [line for line in (ties_line(run), race_line(run), *finding_lines(run)) if line]


def finding_lines(run: Run) -> list[str]:
    """Return what is known of the best trial beyond its place among the others: was it luck, and is it worth it."""
    lines = (*confirmed_lines(run), ensemble_line(run), *baselines_lines(run), *explained_lines(run), seeds_line(run))
    return [line for line in lines if line]


def moment(created: str) -> str:
    """Return ``2030-01-02 03:04 UTC`` for ``2030-01-02T03:04:05+00:00``; another text as it is."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d\+00:00", created)
    return f"{match[1]} {match[2]} UTC" if match else created


def best_line(run: Run) -> str:
    """Return the best score with its standard error, over what it is a mean, and of how many it is the best."""
    if run.best is None:
        return "No trial has a score."
    return f"Best {run.metric}: {score_text(run.best)} ({over_text(run, run.best)})"


def over_text(run: Run, best: Trial) -> str:
    """Return over what the best score is a mean, and of how many it is the best.

    The best of many is best by luck, too, and its expectation is below its score.
    """
    n_scores = len(whole_repeats(best.scores, run.n_folds)) or sum(score is not None for score in best.scores)
    n_own_repeats = run.n_repeats - run.n_new_repeats
    is_confirmed = len(best.scores) > run.n_folds * n_own_repeats
    n_repeats = run.n_repeats if is_confirmed else n_own_repeats
    if run.n_folds == 1 and n_repeats == 1:
        over = "one hold-out split"
    else:
        over = ("mean ± standard error of " if n_scores > 1 else "") + _splits(n_scores, run.n_folds, n_repeats)
    # A search of scikit-learn may choose by other rules than the score.
    rivals = [trial.mean for trial in run.trials if trial.mean is not None and len(trial.scores) == len(best.scores)]
    if len(rivals) > 1:
        word = "highest" if run.scale.greater_is_better else "lowest"
        confirmed = " that were confirmed" if is_confirmed else ""
        chosen = f"the {word}" if best.mean == run.scale.best(rivals) else "chosen out"
        over += f"; {chosen} of {len(rivals):,}{confirmed}, so a little optimistic"
    return over


def ties_line(run: Run) -> str:
    """Return how many trials cannot be told from the best, and the cheapest of them; nothing with a single trial."""
    ties = run.tie_set
    if ties.reason is not None:
        return f"Too few fits to tell which trial is best: {ties.reason}. More repeats would tell (--repeats)."
    n_dropped = sum(trial.dropped is not None for trial in run.trials)
    if ties.n_compared < 2:
        return f"All other {n_dropped:,} trials left the race before its end." if n_dropped and run.best else ""
    of = f" of the {ties.n_compared} that stayed in the race" if n_dropped else ""
    of = f" of the {ties.n_compared} that were confirmed" if run.n_confirmed > 1 else of
    n_others, cheapest = len(ties.trials) - 1, ties.cheapest
    if n_others == 0:
        return f"The best trial is better than all others{of}, with 95% confidence."
    assert cheapest is not None
    cost = [] if cheapest.n_parameters is None else [counted(cheapest.n_parameters, "parameter")]
    cost += [] if cheapest.mean_seconds is None else [f"{duration(cheapest.mean_seconds)} a fit"]
    costs = f" ({', '.join(cost)})" if cost else ""
    if cheapest is ties.trials[0]:
        which = f"{'it is not' if n_others == 1 else 'none of them is'} cheaper{costs}"
    elif n_others == 1:
        which = f"it is cheaper: {_named(cheapest, run)}{costs}"
    else:
        which = f"the cheapest of them is {_named(cheapest, run)}{costs}"
    return f"{counted(n_others, 'trial')}{of} cannot be told from the best, with 95% confidence; {which}."


def race_line(run: Run) -> str:
    """Return how many trials left a race, and how many fits that spared; nothing if none did."""
    out = [trial for trial in run.trials if trial.dropped is not None]
    if not out:
        return ""
    n_spared = sum(trial.scores.count(None) for trial in out)
    n_all = sum(len(trial.scores) for trial in run.trials)
    return (
        f"{counted(len(out), 'trial')} of {len(run.trials):,} left the race, too far behind to win: "
        f"{n_spared:,} of {counted(n_all, 'fit')} spared (--no-race trains them)."
    )


def _named(trial: Trial, run: Run) -> str:
    return f"rank {trial.rank}, {trial.name or params_line(trial, varying_params(run.trials))}"


def seeds_line(run: Run) -> str:
    """Return what error bars mean where repeats have the same folds; nothing for others."""
    if not run.has_fixed_splits or run.n_repeats == 1:
        return ""
    if run.n_folds > 1:
        return "The folds are the same in every repeat: error bars are over folds, each the mean of its repeats."
    return "Every repeat is scored on the same samples: error bars are over seeds alone, not over other samples."


_GROUPS = {
    DIVERGED: ("diverged", "diverged"),
    NOT_LEARNING: ("did not learn", "did not learn"),
    STILL_IMPROVING: ("was still improving at its last epoch", "were still improving at their last epoch"),
    OVERFITTING: ("overfits", "overfit"),
    UNSTABLE: ("is unstable from fit to fit", "are unstable from fit to fit"),
}


def diagnosis_lines(trials: Sequence[Trial]) -> list[str]:
    """Return ``3 trials did not learn: learning_rate 1e-06``, a line for each thing that is the matter.

    Why trials failed is said by :func:`reasons`.
    """
    lines = []
    for group in groups(trials):
        if group.word not in _GROUPS:
            continue
        one, many = _GROUPS[group.word]
        said = f"{counted(len(group.trials), 'trial')} {one if len(group.trials) == 1 else many}"
        which = ", ".join(_values(shared) for shared in group.shared)
        if not which and 1 < len(group.trials) == len(trials):
            which = "all"
        elif not which:
            ranks = [str(trial.rank) for trial in group.trials[:_RANKS]]
            more = "" if len(group.trials) <= _RANKS else ", …"
            which = f"{'rank' if len(group.trials) == 1 else 'ranks'} {', '.join(ranks)}{more}"
        lines.append(f"{said}: {which}")
    return lines


def matters_of(trial: Trial) -> list[str]:
    """Return what is the matter with one trial, as what is said of it: ``overfits``."""
    return [_GROUPS[group.word][0] for group in groups([trial]) if group.word in _GROUPS]


def _values(shared: Shared) -> str:
    values = (" … " if shared.is_range else " or ").join(value_text(value) for value in shared.values)
    return f"{shared.name} {values}"


def _splits(n_scores: int, n_folds: int, n_repeats: int) -> str:
    """Return ``3 folds``, ``2 of 3 folds``, ``3 folds × 2 repeats`` or ``5 of 6 fits, 3 folds × 2 repeats``."""
    n_splits = n_folds * n_repeats
    folds = counted(n_folds, "fold") if n_folds > 1 else "one hold-out split"
    if n_repeats == 1:
        return folds if n_scores == n_splits else f"{n_scores} of {folds}"
    over = f"{folds} × {n_repeats} repeats"
    return over if n_scores == n_splits else f"{n_scores} of {n_splits} fits, {over}"


def final_line(run: Run, final: FinalResult) -> str:
    """Return what the refitted winner reached on the test set, or why it did not, and when early stopping ended it."""
    if final.status != "ok":
        return f"The refit of the winner {final.status}" + (f": {short(final.error)}" if final.error else "")
    if final.test is None and _is_ensemble(run):
        return "There is no test set."
    if final.test is None:
        return f"Refitted on all training data{_ended(run, final)}; there is no test set."
    ended = _ended(run, final)
    return f"Test set: {scores_text(final.test)}" + (f" (refitted{ended})" if ended else "")


def _is_ensemble(run: Run) -> bool:
    return run.ensemble is not None and run.ensemble.is_taken


def _ended(run: Run, final: FinalResult) -> str:
    """Return when a refit ended by early stopping, such as `` for 7 epochs``; nothing of others."""
    if run.best is None or not run.best.best_epochs or _is_ensemble(run):
        return ""
    epochs = counted(max(map(len, final.curve.values()), default=0), "epoch")
    if final.best_epoch is None:
        return f" for {epochs}, the median of its fits' best"
    return f" for {epochs}, the best of which was {final.best_epoch}"


def scores_text(scores: Mapping[str, float]) -> str:
    """Return metrics by name, and behind the last one what it is of each of several targets.

    Args:
        scores: As :func:`kerasgrid.engine.scores.scores` has them.
    """
    overall = {name: value for name, value in scores.items() if OF not in name}
    last = next(reversed(overall), "")
    each = [f"of {name.removeprefix(last + OF)} {number_text(value)}" for name, value in scores.items()
            if name.startswith(last + OF)]  # fmt: skip
    told = ", ".join(f"{name} {number_text(value)}" for name, value in overall.items())
    return f"{told} ({', '.join(each)})" if each else told


def counts_line(run: Run) -> str:
    """Return how many trials and fits there are, by how they ended."""
    statuses = Counter(trial.status for trial in run.trials)
    parts = [counted(len(run.trials), "candidate")]
    parts += [
        f"{statuses[status]:,} {status}"
        for status in ("incomplete", "dropped", "diverged", "failed")
        if statuses[status]
    ]
    parts += [f"{run.n_fits_done:,} of {run.n_fits_asked:,} fits"]
    # In the first seconds of a search it is not known.
    parts += [duration(run.elapsed)] if run.elapsed or run.complete else []
    return " · ".join(parts)


def reasons(trials: Sequence[Trial]) -> list[str]:
    """Return why trials failed, each reason once with its count, the most frequent first."""
    counts = Counter(short(trial.error or "unknown") for trial in trials if trial.status == "failed")
    return [f"{count:,} failed: {reason}" for reason, count in counts.most_common()]
