"""What the page and the terminal both say about a run, as plain text: it may hold markup and must be escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kerasgrid.engine.fit import GREATER_IS_BETTER, FinalResult
from kerasgrid.insight.facts import RunFacts
from kerasgrid.insight.ranking import Trial, winner
from kerasgrid.report.columns import place, shown, varying_params

_LONGEST_REASON = 200


def title(facts: RunFacts) -> str:
    """Return ``fmnist on fashion_mnist``."""
    dataset = str(facts.dataset.get("name", "unknown data"))
    return facts.name if dataset == facts.name else f"{facts.name} on {dataset}"


def notice(facts: RunFacts) -> str:
    """Return what a reader must know of the run first: what is missing of it, and of what it is mixed; or nothing."""
    lines = []
    if not facts.complete:
        lines.append(f"Incomplete: {facts.n_fits_done:,} of {facts.n_fits_asked:,} fits are done.")
    if facts.older_versions:
        lines.append("Fits come from more than one set of versions.")
    return " ".join(lines)


def heading(facts: RunFacts, trials: Sequence[Trial], final: FinalResult | None) -> list[tuple[str, str]]:
    """Return the lines above the plot, each with its kind: ``best``, ``plain`` or ``quiet``."""
    best = winner(trials)
    varying = varying_params(trials)
    lines = [("best", best_line(facts, trials))]
    if best is not None and varying:
        lines.append(("plain", params_line(best, varying)))
    if final is not None:
        lines.append(("plain", final_line(facts, final)))
    fixed = sorted({name for trial in trials for name in trial.candidate} - set(varying), key=place)
    if fixed:
        lines.append(("quiet", "All trials: " + params_line(trials[0], fixed)))
    lines.append(("quiet", counts_line(facts, trials)))
    lines += [("quiet", reason) for reason in reasons(trials)]
    made = [facts.created, f"seed {facts.seed}", *(f"{name} {version}" for name, version in facts.versions.items())]
    return [*lines, ("quiet", " · ".join(made))]


def best_line(facts: RunFacts, trials: Sequence[Trial]) -> str:
    """Return the best score with its standard error, over what it is a mean, and of how many it is the best.

    The best of many is best by luck, too, and its expectation is below its score.
    """
    best = winner(trials)
    if best is None:
        return "No trial has a score."
    n_scores = sum(score is not None for score in best.scores)
    if facts.n_folds == 1 and facts.n_repeats == 1:
        over = "one hold-out split"
    else:
        over = ("mean ± standard error of " if n_scores > 1 else "") + _splits(n_scores, facts)
    n_means = sum(trial.mean is not None for trial in trials)
    if n_means > 1:
        word = "highest" if GREATER_IS_BETTER[facts.metric] else "lowest"
        over += f"; the {word} of {n_means:,}, so a little optimistic"
    return f"Best {facts.metric}: {score_text(best)} ({over})"


def _splits(n_scores: int, facts: RunFacts) -> str:
    """Return ``3 folds``, ``2 of 3 folds``, ``3 folds × 2 repeats`` or ``5 of 6 fits, 3 folds × 2 repeats``."""
    n_splits = facts.n_folds * facts.n_repeats
    folds = counted(facts.n_folds, "fold") if facts.n_folds > 1 else "one hold-out split"
    if facts.n_repeats == 1:
        return folds if n_scores == n_splits else f"{n_scores} of {folds}"
    over = f"{folds} × {facts.n_repeats} repeats"
    return over if n_scores == n_splits else f"{n_scores} of {n_splits} fits, {over}"


def score_text(trial: Trial) -> str:
    """Return ``0.8931 ± 0.0012``; without the standard error if there is none, and a dash without a score."""
    if trial.mean is None:
        return "–"
    text = number_text(trial.mean)
    if trial.standard_error is None:
        return text
    # A standard error of another form than its mean would be hard to compare with it.
    return f"{text} ± {trial.standard_error:{_form(trial.mean)}}"


def number_text(value: float) -> str:
    """Return a score with four decimals, or with four significant digits where these would say too little."""
    return f"{value:{_form(value)}}"


def _form(value: float) -> str:
    return ".4f" if value == 0 or 0.001 <= abs(value) < 1000 else ".4g"


def params_line(trial: Trial, names: Sequence[str]) -> str:
    """Return ``activation relu, learning_rate 0.001`` for the named parameters that the trial has."""
    return ", ".join(f"{name} {shown(trial.candidate[name])}" for name in names if name in trial.candidate)


def final_line(facts: RunFacts, final: FinalResult) -> str:
    """Return what the refitted winner reached on the test set, or why it did not."""
    if final.status != "ok":
        return f"The refit of the winner {final.status}" + (f": {short(final.error)}" if final.error else "")
    if final.test is None:
        return "Refitted on all training data; there is no test set."
    return "Test set: " + ", ".join(f"{name} {number_text(value)}" for name, value in final.test.items())


def counts_line(facts: RunFacts, trials: Sequence[Trial]) -> str:
    """Return how many trials and fits there are, by how they ended."""
    statuses = Counter(trial.status for trial in trials)
    parts = [counted(len(trials), "candidate")]
    parts += [f"{statuses[status]:,} {status}" for status in ("incomplete", "diverged", "failed") if statuses[status]]
    parts += [f"{facts.n_fits_done:,} of {facts.n_fits_asked:,} fits", f"{duration(facts.elapsed)}"]
    return " · ".join(parts)


def reasons(trials: Sequence[Trial]) -> list[str]:
    """Return why trials failed, each reason once with its count, the most frequent first."""
    counts = Counter(short(trial.error or "unknown") for trial in trials if trial.status == "failed")
    return [f"{count:,} failed: {reason}" for reason, count in counts.most_common()]


def short(text: str | None) -> str:
    """Return the first line of a message, cut where it becomes too long to read."""
    line = next((line.strip() for line in (text or "").splitlines() if line.strip()), "unknown")
    return line if len(line) <= _LONGEST_REASON else line[: _LONGEST_REASON - 1] + "…"


def duration(seconds: float) -> str:
    """Return ``8.3 s``, ``2 min 5 s`` or ``1 h 12 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def counted(count: int, noun: str) -> str:
    """Return ``1 fit`` or ``1,200 fits``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
