"""The cells of ``auto.py``, and what they tell: a table with ranks, and whether what is wanted holds."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

Floats = npt.NDArray[np.float64]

OURS = "kerasgrid"
RIVALS = (OURS, "network", "MLP", "boosting", "boosting-search", "FLAML")
ONCE = ("network", "boosting")
"""What searches nothing, and has no deadline."""

NEURAL = ("network", "MLP")
JUDGED_AT = 3.0
"""Minutes, at which what is wanted of ranks is judged."""

CLOSE = 0.01
SHARE_CLOSE = 2 / 3
ERRORS = 2.0
"""Standard errors of a difference, beyond which it counts."""


class Key(NamedTuple):
    """What a cell is of."""

    data: str
    rival: str
    minutes: float
    seed: int


@dataclass(frozen=True)
class Cell:
    """What is kept of a cell: the line of the file, and what each test row adds to the score, None if it failed."""

    kept: dict[str, Any]
    of_rows: Floats | None

    @property
    def score(self) -> float:
        return float(self.kept.get("score", -math.inf))

    @property
    def is_late(self) -> bool:
        seconds = 60 * self.kept["minutes"]
        return bool(self.kept["seconds"] > seconds + max(0.05 * seconds, 10.0))


class Cells:
    """All cells that are known, kept in a folder as they come."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._path = folder, folder / "cells.jsonl"
        lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
        self._cells: dict[Key, Cell] = {}
        for line in lines:
            try:
                kept = json.loads(line)
            except ValueError:  # a line that was torn by a crash
                continue
            key = Key(kept["data"], kept["rival"], kept["minutes"], kept["seed"])
            rows = self._rows(key)
            self._cells[key] = Cell(kept, np.load(rows) if kept["status"] == "ok" else None)

    def __contains__(self, key: Key) -> bool:
        return key in self._cells

    def keep(self, key: Key, kept: dict[str, Any], of_rows: Floats | None) -> None:
        """Add a cell: its rows first, so that a line in the file is whole."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if of_rows is not None:
            np.save(self._rows(key), of_rows)
        with self._path.open("a", encoding="utf-8") as file:
            file.write("\n" * self._is_torn() + json.dumps(kept) + "\n")
        self._cells[key] = Cell(kept, of_rows)

    def of(self, data: str, rival: str, minutes: float) -> list[Cell]:
        """Return the cells of all seeds, in their order."""
        minutes = 0.0 if rival in ONCE else minutes
        found = [(key.seed, cell) for key, cell in self._cells.items() if key[:3] == (data, rival, minutes)]
        return [cell for _, cell in sorted(found, key=lambda one: one[0])]

    def all_of(self, rival: str, minutes: float) -> list[Cell]:
        return [cell for data in self.data for cell in self.of(data, rival, minutes)]

    def rivals(self, minutes: float) -> list[str]:
        return [rival for rival in RIVALS if self.all_of(rival, minutes)]

    @property
    def data(self) -> list[str]:
        return list(dict.fromkeys(key.data for key in self._cells))

    @property
    def minutes(self) -> list[float]:
        return sorted({key.minutes for key in self._cells if key.minutes})

    def difference(self, data: str, one: str, other: str, minutes: float) -> tuple[float, float] | None:
        """Return how much better one is than another, and its standard error, from the same test rows of each seed."""
        of_seed = {cell.kept["seed"]: cell.of_rows for cell in self.of(data, other, minutes)}
        pairs = [
            (cell.of_rows, theirs)
            for cell in self.of(data, one, minutes)
            if cell.of_rows is not None and (theirs := of_seed.get(cell.kept["seed"])) is not None
        ]
        if not pairs:
            return None
        means = [float((a - b).mean()) for a, b in pairs]
        # Seeds share rows: their errors are not independent, so the mean's is that of one.
        errors = [float((a - b).std(ddof=1)) / len(a) ** 0.5 for a, b in pairs]
        return float(np.mean(means)), float(np.mean(errors))

    def _rows(self, key: Key) -> Path:
        name = "".join(c if c.isalnum() else "-" for c in f"{key.data} {key.rival} {key.minutes:g} {key.seed}")
        return self._folder / f"{name}.npy"

    def _is_torn(self) -> bool:
        return self._path.exists() and not self._path.read_bytes().endswith(b"\n") and self._path.stat().st_size > 0


def ranks(cells: Cells, minutes: float) -> tuple[list[str], Floats]:
    """Return the data of which every rival has a cell, and ranks, shape (data, rivals): 1 is best, ties share."""
    rivals, found, whole = cells.rivals(minutes), [], []
    for data in cells.data:
        there = [cells.of(data, rival, minutes) for rival in rivals]
        if there and all(there):
            scores = [round(float(np.mean([cell.score for cell in one])), 6) for one in there]
            found.append(rankdata([-score for score in scores]))
            whole.append(data)
    return whole, np.array(found).reshape(len(whole), len(rivals))


def markdown(cells: Cells) -> list[str]:
    """Return the table: scores with their standard errors, mean ranks, deadlines and failures."""
    lines = [f"| data | minutes | {' | '.join(RIVALS)} |", "| --- " * (2 + len(RIVALS)) + "|"]
    for minutes in cells.minutes:
        for data in cells.data:
            row = [_scores(cells.of(data, rival, minutes)) for rival in RIVALS]
            if not any(cells.of(data, rival, minutes) for rival in RIVALS if rival not in ONCE):
                continue
            lines.append(f"| {_named(data)} | {minutes:g} | {' | '.join(row)} |")
        whole, found = ranks(cells, minutes)
        of_rival = dict(zip(cells.rivals(minutes), found.T, strict=True)) if whole else {}
        row = [_mean(of_rival[rival]) if rival in of_rival else "" for rival in RIVALS]
        lines.append(f"| **mean rank** of {len(whole)} | {minutes:g} | {' | '.join(row)} |")
        row = [_share(cells.all_of(rival, minutes), rival) for rival in RIVALS]
        lines.append(f"| deadline kept | {minutes:g} | {' | '.join(row)} |")
        row = [_seconds(cells.all_of(rival, minutes)) for rival in RIVALS]
        lines.append(f"| longest | {minutes:g} | {' | '.join(row)} |")
        row = [str(sum(c.of_rows is None for c in cells.all_of(rival, minutes))) for rival in RIVALS]
        lines.append(f"| failed | {minutes:g} | {' | '.join(row)} |")
    return lines


def _named(data: str) -> str:
    return "mnist, in place of fashion_mnist" if data == "mnist" else data


def _scores(there: Sequence[Cell]) -> str:
    good = [(cell.score, cell.of_rows) for cell in there if cell.of_rows is not None]
    if not good:
        return "failed" if there else ""
    error = np.mean([rows.std(ddof=1) / len(rows) ** 0.5 for _, rows in good])
    failed = f", {len(there) - len(good)} failed" if len(good) < len(there) else ""
    return f"{np.mean([score for score, _ in good]):.3f} ± {error:.3f}{failed}"


def _mean(values: Floats) -> str:
    error = f" ± {values.std(ddof=1) / len(values) ** 0.5:.2f}" if len(values) > 1 else ""
    return f"{values.mean():.2f}{error}"


def _share(there: Sequence[Cell], rival: str) -> str:
    return f"{sum(not c.is_late for c in there)} of {len(there)}" if there and rival not in ONCE else ""


def _seconds(there: Sequence[Cell]) -> str:
    return f"{max(cell.kept['seconds'] for cell in there):.0f} s" if there else ""


def wants(cells: Cells) -> list[str]:
    """Return what is wanted, and whether it holds as far as is known."""
    lines = ["What is wanted of kerasgrid, and whether it holds so far:", ""]
    lines += [_better(cells, rival) for rival in NEURAL]
    near = {f"{data}, {minutes:g} min": found[0] for data, minutes, found in _against(cells, "boosting-search")}
    n = sum(difference >= -CLOSE for difference in near.values())
    lines.append(_line(f"within {CLOSE} of searched boosting on two thirds", f"{n} of {len(near)}", bool(near) or None,
                       n >= SHARE_CLOSE * len(near)))  # fmt: skip
    worse = [
        f"{data} at {minutes:g} min by {-mean:.3f} ± {error:.3f}"
        for data, minutes, (mean, error) in _against(cells, "network")
        if mean < -ERRORS * error
    ]
    known = bool(_against(cells, "network")) or None
    lines.append(_line("never worse than the default network beyond the error bar", "; ".join(worse) or "none", known,
                       not worse))  # fmt: skip
    ours = [cell for minutes in cells.minutes for cell in cells.all_of(OURS, minutes)]
    failed, late = sum(cell.of_rows is None for cell in ours), sum(cell.is_late for cell in ours)
    lines.append(_line("no failure", f"{failed} of {len(ours)}", bool(ours) or None, failed == 0))
    lines.append(_line("deadline always kept", f"{late} of {len(ours)} late", bool(ours) or None, late == 0))
    return lines


def _better(cells: Cells, rival: str) -> str:
    whole, found = ranks(cells, JUDGED_AT)
    rivals = cells.rivals(JUDGED_AT)
    if not whole or OURS not in rivals or rival not in rivals:
        return _line(f"a better mean rank than {rival} at {JUDGED_AT:g} minutes", "", None, False)
    ours, theirs = found[:, rivals.index(OURS)], found[:, rivals.index(rival)]
    told = f"{ours.mean():.2f} beside {theirs.mean():.2f}, of {len(whole)}"
    return _line(f"a better mean rank than {rival} at {JUDGED_AT:g} minutes", told, True, ours.mean() < theirs.mean())


def _against(cells: Cells, rival: str) -> list[tuple[str, float, tuple[float, float]]]:
    found = [(data, minutes, cells.difference(data, OURS, rival, minutes))
             for minutes in cells.minutes for data in cells.data]  # fmt: skip
    return [(data, minutes, one) for data, minutes, one in found if one is not None]


def _line(what: str, told: str, known: bool | None, holds: bool) -> str:
    verdict = "not known yet" if known is None else "holds" if holds else "does not hold"
    return f"- {what}: {verdict}{f' ({told})' if told else ''}"
