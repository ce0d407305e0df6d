"""The header of a run's pages: what was searched and found, in lines; draws nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from kerasgrid.engine.fit import FinalResult
from kerasgrid.insight.facts import RunFacts
from kerasgrid.insight.ranking import Trial
from kerasgrid.reports.sentences import counted, heading, notice, title


@dataclass(frozen=True, slots=True)
class Header:
    """What stands above the plot, as plain text: it may hold markup and is escaped where it is written.

    Attributes:
        title: The run and its data.
        notice: What a reader must know first; may be empty.
        lines: Each with its kind: ``best``, ``plain`` or ``quiet``.
        links: Files beside the page: address and words.
    """

    title: str
    notice: str
    lines: Sequence[tuple[str, str]]
    links: Sequence[tuple[str, str]] = ()

    def to_html(self) -> str:
        """Return the header as HTML."""
        lines = [f"<h1>{escape(self.title)}</h1>"]
        if self.notice:
            lines.append(f'<p class="notice">{escape(self.notice)}</p>')
        lines += [f'<p class="{kind}">{escape(text)}</p>' for kind, text in self.lines]
        if self.links:
            links = "".join(f'<a href="{escape(address)}">{escape(words)}</a>' for address, words in self.links)
            lines.append(f'<p class="links">{links}</p>')
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the header as plain data, for a page that renews itself."""
        return {
            "title": self.title,
            "notice": self.notice,
            "lines": [list(line) for line in self.lines],
            "links": [list(link) for link in self.links],
        }


def run_header(
    facts: RunFacts, trials: Sequence[Trial], final: FinalResult | None, links: Sequence[tuple[str, str]] = ()
) -> Header:
    """Return the header of a run: the best trial, what all trials share, the data, seed, date and versions."""
    *lines, made = heading(facts, trials, final)
    return Header(title(facts), notice(facts), [*lines, ("quiet", data_line(facts)), made], links)


def data_line(facts: RunFacts) -> str:
    """Return ``fashion_mnist: 60,000 to train, 10,000 to test, inputs 28×28 · 3 folds``."""
    data: Mapping[str, Any] = facts.dataset
    parts = []
    if "n_train" in data:
        parts.append(f"{data['n_train']:,} to train")
        parts.append(f"{data['n_test']:,} to test" if data.get("n_test") else "no test set")
    if data.get("input_shape"):
        parts.append("inputs " + "×".join(map(str, data["input_shape"])))
    splits = counted(facts.n_folds, "fold") if facts.n_folds > 1 else "one hold-out split"
    if facts.n_repeats > 1:
        splits += f" × {facts.n_repeats} repeats"
    return f"{data.get('name', 'data')}: {', '.join(parts)} · {splits}" if parts else splits
