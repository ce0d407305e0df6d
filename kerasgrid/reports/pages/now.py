"""What a search is at, at the top of its live page: who trains what, and since when. Texts are escaped here."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from html import escape

from kerasgrid.axes.candidate import Candidate, value_text
from kerasgrid.fits.fitter import AtWork
from kerasgrid.insight.ranking import Trial
from kerasgrid.run.columns import score_name, score_text
from kerasgrid.run.now import Working
from kerasgrid.run.parameters import place, varying_params
from kerasgrid.run.run import Run
from kerasgrid.system.words import counted, duration

_MOST_ROWS = 16
"""Workers that are named, those that have been at it longest."""


def now_html(working: Working | None, run: Run | None, now: float | None = None) -> str:
    """Return the section; empty and hidden if no search goes on, or if it does not tell.

    Args:
        working: What the search is at.
        run: What is known of it, for what its trials differ in; None where that is not known yet.
        now: Seconds since 1970; None for now.
    """
    moment = time.time() if now is None else now
    if working is None or not (working.fits or working.does):
        return '<section class="now" id="now" hidden></section>'
    if working.does:
        said = f"{working.does[0].upper()}{working.does[1:]}, for {duration(max(0.0, moment - working.since))}"
        content = f'<p class="about">{escape(said)}.{_to_the_end(working, moment)}</p>'
    else:
        content = _table(working, run, moment)
    head = '<h2 id="now-head">Being trained now</h2>' if working.fits else '<h2 id="now-head">Going on now</h2>'
    return f'<section class="now" id="now" aria-labelledby="now-head">\n{head}\n{content}\n</section>'


def _to_the_end(working: Working, now: float) -> str:
    """Return how long there still is, of a search whose time is limited."""
    return "" if working.ends is None else f" The search has {duration(max(0.0, working.ends - now))} left."


def _table(working: Working, run: Run | None, now: float) -> str:
    fits = working.fits
    trials = {} if run is None else {_whole(trial.candidate): trial for trial in run.trials}
    names = [] if run is None else varying_params(run.trials)
    longest = sorted(fits, key=lambda one: one.since)
    rows = [_cells(one, trials.get(_whole(one.fit.candidate)), names, run, now) for one in longest[:_MOST_ROWS]]
    heads = "".join(
        f'<th scope="col">{head}</th>' for head in ("worker", "since", "trial", "fit", _score_head(run)) if head
    )
    lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in rows)
    more = len(fits) - len(rows)
    unnamed = f"; {more:,} more than are named" if more else ""
    about = f"{counted(len(fits), 'worker')} at work{unnamed}.{_to_the_end(working, now)}"
    label = 'tabindex="0" role="region" aria-label="What the workers are at"'
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>\n{lines}</tbody></table>"
    return f'<p class="about">{about}</p><div class="scroll" {label}>{table}</div>'


def _score_head(run: Run | None) -> str:
    return "" if run is None else f"{escape(score_name(run.metric))} so far"


def _cells(one: AtWork, trial: Trial | None, names: Sequence[str], run: Run | None, now: float) -> list[str]:
    candidate = one.fit.candidate
    told = [name for name in names if name in candidate] or sorted(candidate, key=place)
    params = ", ".join(f"{name} {value_text(candidate[name])}" for name in told)
    name = "" if trial is None or not trial.name else f"{trial.name}: "
    cells = [one.worker, duration(max(0.0, now - one.since)), f"{name}{params}", _fit_text(one, run)]
    if run is not None:
        has_score = trial is not None and trial.mean is not None
        cells.append(f"{score_text(trial)}, rank {trial.rank:,}" if has_score and trial is not None else "none yet")
    return cells


def _fit_text(one: AtWork, run: Run | None) -> str:
    """Return ``fold 2 of 3, repeat 1 of 2``, counted from 1."""
    fit = one.fit
    of_folds, of_repeats = ("", "") if run is None else (f" of {run.n_folds:,}", f" of {run.n_repeats:,}")
    parts = [] if run is not None and run.n_folds == 1 else [f"fold {fit.fold + 1:,}{of_folds}"]
    if fit.repeat or (run is not None and run.n_repeats > 1):
        parts.append(f"repeat {fit.repeat + 1:,}{of_repeats}")
    if fit.pauses:
        parts.append(f"first to {fit.candidate['epochs']} epochs")
    return ", ".join(parts) or "the hold-out split"


def _whole(candidate: Candidate) -> Mapping[str, object] | str:
    """Return what a fit that pauses on its way has in common with the trial that it is on the way to."""
    return Candidate({name: value for name, value in candidate.items() if name != "epochs"}).canonical
