"""What stands at the top of a run's page, to be read at a glance: the score, the verdict, the winner's parameters.

What explains them, such as versions and what was tried, is folded away below. All texts of a run are escaped here.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from kerasgrid.axes.candidate import value_text
from kerasgrid.insight.ranking import Trial
from kerasgrid.reports.pages.header import links_html
from kerasgrid.reports.text.copies import copies
from kerasgrid.reports.text.facts import data_line, tried_line
from kerasgrid.reports.text.machines import machines_text
from kerasgrid.reports.text.ranges import edge_lines
from kerasgrid.reports.text.sentences import (
    counts_line,
    diagnosis_lines,
    final_line,
    finding_lines,
    made_line,
    matters_of,
    notice,
    over_text,
    race_line,
    reasons,
    shared_line,
    title,
)
from kerasgrid.reports.text.verdict import verdict
from kerasgrid.run.columns import score_text
from kerasgrid.run.parameters import place, varying_params
from kerasgrid.run.run import Run
from kerasgrid.system.words import counted, duration, number_text

_MOST_SHOWN = 12
"""Parameters that are shown without unfolding."""

_MACHINES_NAMED = 20


def glance_html(run: Run, links: Sequence[tuple[str, str]] = (), *, live: bool = False) -> str:
    """Return the top of the page.

    Args:
        run: The run.
        links: Addresses beside the page and the words for them.
        live: Whether the search may be going on: then it is told how far it is, and how long it may take.
    """
    best = run.best
    left = [
        f"<h1>{escape(title(run))}</h1>",
        _line("about", f"{data_line(run)} · {counts_line(run)}"),
        *(_line("notice", text) for text in (notice(run), *reasons(run.trials)) if text),
        _progress(run) if live and not run.complete else "",
        "" if best is None else _figures(run, best),
        _line("verdict", verdict(run)),
        _list("findings", [*finding_lines(run), *_hints(run)]),
        links_html(links),
    ]
    right = "" if best is None else _winner(run, best)
    told = "\n".join(part for part in left if part)
    return f'<div class="glance"><div>{told}</div>\n{right}</div>\n{_details(run)}'


def _progress(run: Run) -> str:
    """Return a bar, and the time that is left at the pace of before; a race may need less. And who trains."""
    done, asked = run.n_fits_done, run.n_fits_asked
    bar = f'<progress value="{done}" max="{asked}" aria-label="{done:,} of {asked:,} fits"></progress>'
    left = duration(run.elapsed / done * (asked - done)) if done and run.elapsed else ""
    line = f'<p class="progress">{bar} {f"about {left} left, or less" if left else ""}</p>'
    return "\n".join([line, *filter(None, [_line("about", machines_text(run.machines, _MACHINES_NAMED))])])


def _figures(run: Run, best: Trial) -> str:
    """Return the score, what it came to on the test set, and what the winner costs, as large figures."""
    over = over_text(run, best)
    figures = [(score_text(best), f"{run.metric} on held-out samples", over)]
    final = run.final
    if final is not None and final.status == "ok" and final.test is not None and run.metric in final.test:
        figures.append((number_text(final.test[run.metric]), f"{run.metric} on the test set", final_line(run, final)))
    elif final is not None:
        figures.append(("", "", final_line(run, final)))
    if best.n_parameters is not None:
        took = "" if best.mean_seconds is None else f"{duration(best.mean_seconds)} a fit"
        figures.append((f"{best.n_parameters:,}", counted(best.n_parameters, "parameter").split(" ", 1)[1], took))
    cells = [
        "<div>"
        + (f"<dt>{escape(label)}</dt><dd>{escape(number)}</dd>" if number else "<dt>Refit</dt>")
        + (f'<dd class="about">{escape(more)}</dd>' if more else "")
        + "</div>"
        for number, label, more in figures
    ]
    return f'<dl class="figures">{"".join(cells)}</dl>'


def _hints(run: Run) -> list[str]:
    """Return what could be done about the winner itself, and where its axes should reach further."""
    matters = [] if run.best is None else [f"The best trial {said}." for said in matters_of(run.best)]
    return [*matters, *edge_lines(run)]


def _winner(run: Run, best: Trial) -> str:
    varying = [name for name in varying_params(run.trials) if name in best.candidate]
    names = varying or sorted(best.candidate, key=place)
    name = f" ({escape(best.name)})" if best.name else ""
    buttons, texts = [], []
    for index, (language, text) in enumerate(copies(run)):
        buttons.append(f'<button type="button" data-copies="copy-{index}">{escape(language)}</button>')
        texts.append(f'<h3>{escape(language)}</h3><pre id="copy-{index}" tabindex="0">{escape(text)}</pre>')
    return "\n".join([
        '<section class="winner" aria-labelledby="winner-head">',
        f'<h2 id="winner-head">The best trial{name}</h2>',
        _table(best, names[:_MOST_SHOWN]),
        _folded(counted(len(names) - _MOST_SHOWN, "more parameter"), _table(best, names[_MOST_SHOWN:]))
        if len(names) > _MOST_SHOWN else "",
        f'<p class="copies" id="copies" hidden>Copy as {"".join(buttons)} <span role="status" id="copied"></span></p>',
        _folded("As JSON, Python and a command", "".join(texts)),
        "</section>",
    ])  # fmt: skip


def _table(best: Trial, names: Sequence[str]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value_text(best.candidate[name]))}</td></tr>'
        for name in names
    )
    return f"<table>{rows}</table>"


def _details(run: Run) -> str:
    lines = (shared_line(run), tried_line(run.trials), race_line(run), *diagnosis_lines(run.trials), made_line(run))
    kept = [line for line in lines if line]
    return _folded("Details: what was tried, seed and versions", _list("", kept)) if kept else ""


def _folded(summary: str, content: str) -> str:
    return f'<details class="more-facts"><summary>{escape(summary)}</summary>{content}</details>'


def _list(kind: str, lines: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<ul class="{kind}">{items}</ul>' if items else ""


def _line(kind: str, text: str) -> str:
    return f'<p class="{kind}">{escape(text)}</p>' if text else ""
