"""The whole comparison runs on demand alone, and ends in a table."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator

import pytest
from support.conformance.catalogue import EXCLUDED
from support.conformance.losses import refused
from support.conformance.random_recipes import REPEATED

WHOLE = bool(os.environ.get("KERASGRID_CONFORMANCE"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if WHOLE:
        for line in table(terminalreporter):
            terminalreporter.write_line(line)


def table(reporter: pytest.TerminalReporter) -> Iterator[str]:
    """Yield the lines of the table: what was compared, by layer, model or loss, and with which optimizers."""
    rows: dict[str, dict[str, dict[str, bool]]] = defaultdict(lambda: defaultdict(dict))
    for outcome in ("passed", "failed"):
        for report in reporter.stats.get(outcome, ()):
            told = dict(report.user_properties).get("compared")
            if told is not None:
                kind, what, optimizer = told
                rows[kind][what][optimizer] = outcome == "passed"
    n_all = n_alike = 0
    for kind, of_kind in rows.items():
        yield f"{kind}: alike with, or NOT with"
        for what, by_optimizer in sorted(of_kind.items()):
            n_all += len(by_optimizer)
            n_alike += sum(by_optimizer.values())
            yield f"  {what:42} {' '.join(name if alike else f'NOT {name}' for name, alike in by_optimizer.items())}"
    yield f"{n_alike} of {n_all} alike"
    yield "alike as far as can be seen:"
    yield from (f"  {name}: {reason}" for name, reason in REPEATED.items())
    yield "excluded:"
    yield from (f"  {name}: {reason}" for name, reason in EXCLUDED.items())
    yield "refused:"
    yield from (f"  {loss} of a {task}: {reason}" for (task, loss), reason in refused().items())
