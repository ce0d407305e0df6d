"""Who trained when: the fits of each worker one after the other, and how much of the time they were at work."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import FitResult


@dataclass(frozen=True, slots=True)
class Bar:
    """A fit of a worker, or several without a pause between them.

    Attributes:
        began: When it began, in seconds since the first fit; the time between two searches does not count.
        ended: When it ended, likewise.
        candidates: What was trained, each once.
        n_fits: How many fits it stands for.
    """

    began: float
    ended: float
    candidates: tuple[Candidate, ...]
    n_fits: int = 1


@dataclass(frozen=True, slots=True)
class Lane:
    """What one worker did.

    Attributes:
        worker: What it is called.
        bars: Its fits, in the order of time; none begins before the one before it has ended.
        pauses: When it had nothing to do while others had: each pause's beginning and end, as of a bar.
        n_fits: How many fits it trained.
        busy: For how many seconds it was at work.
        there: For how many seconds it might have been.
    """

    worker: str
    bars: tuple[Bar, ...]
    pauses: tuple[tuple[float, float], ...]
    n_fits: int
    busy: float
    there: float

    @property
    def longest_pause(self) -> float:
        """The seconds of its longest pause; 0 without any."""
        return max((ended - began for began, ended in self.pauses), default=0.0)


@dataclass(frozen=True, slots=True)
class Lanes:
    """What all workers did.

    Attributes:
        lanes: Of each of them, in the order of their names.
        seconds: From the beginning of the first fit to the end of the last one, without the time between searches.
        breaks: Where a later search began, in the same seconds.
    """

    lanes: tuple[Lane, ...]
    seconds: float
    breaks: tuple[float, ...]

    @property
    def share(self) -> float:
        """The share of their time that workers were at work, from 0 to 1."""
        there = sum(lane.there for lane in self.lanes)
        return sum(lane.busy for lane in self.lanes) / there if there else 1.0

    @property
    def n_fits(self) -> int:
        """How many fits there are."""
        return sum(lane.n_fits for lane in self.lanes)

    def merged(self, most: int) -> Lanes:
        """Return this with so many bars at most, about: short ones with no pause to be seen between them become one.

        Pauses and sums are those of all fits.
        """
        if sum(len(lane.bars) for lane in self.lanes) <= most:
            return self
        step = self.seconds * len(self.lanes) / most
        return replace(self, lanes=tuple(replace(lane, bars=_merged(lane.bars, step)) for lane in self.lanes))


def lanes(results: Iterable[FitResult], began: Sequence[float] = ()) -> Lanes | None:
    """Return who trained when; None if no result says.

    Args:
        results: What came of fits. One that took the first epochs from another begins where that one ended.
        began: When each search began, in seconds since 1970; nobody was idle between two of them.
    """
    starts = sorted(began)
    searches: dict[int, list[FitResult]] = {}
    for result in results:
        if result.stint is not None:
            searches.setdefault(bisect_right(starts, result.stint.began), []).append(result)
    own: dict[str, list[Lane]] = {}
    breaks, seconds = [], 0.0
    for number in sorted(searches):
        if seconds:
            breaks.append(seconds)
        found, spent = _of_search(searches[number], seconds)
        seconds += spent
        for lane in found:
            own.setdefault(lane.worker, []).append(lane)
    joined = tuple(_joined(own[worker]) for worker in sorted(own, key=_place))
    return Lanes(joined, seconds, tuple(breaks)) if joined else None


def _of_search(results: Sequence[FitResult], offset: float) -> tuple[list[Lane], float]:
    """Return the lanes of one search that begins at this offset, and how long it trained."""
    known = [(result.stint, result.fit.candidate) for result in results if result.stint is not None]
    first = min(stint.began for stint, _ in known)
    spent = max(stint.ended for stint, _ in known) - first
    bars: dict[str, list[Bar]] = {}
    for stint, candidate in sorted(known, key=lambda one: (one[0].ended, one[0].began)):
        own = bars.setdefault(stint.worker, [])
        start = max(stint.began - first + offset, own[-1].ended if own else offset)
        own.append(Bar(start, max(start, stint.ended - first + offset), (candidate,)))
    made = []
    for worker, own in bars.items():
        busy = sum(bar.ended - bar.began for bar in own)
        made.append(Lane(worker, tuple(own), tuple(_pauses(own, offset, offset + spent)), len(own), busy, spent))
    return made, spent


def _pauses(bars: Sequence[Bar], began: float, ended: float) -> Iterable[tuple[float, float]]:
    ends = [began, *(bar.ended for bar in bars)]
    starts = [*(bar.began for bar in bars), ended]
    return ((end, start) for end, start in zip(ends, starts, strict=True) if start > end)


def _joined(own: Sequence[Lane]) -> Lane:
    """Return the lane of one worker of several searches."""
    return Lane(
        own[0].worker,
        tuple(bar for lane in own for bar in lane.bars),
        tuple(pause for lane in own for pause in lane.pauses),
        sum(lane.n_fits for lane in own),
        sum(lane.busy for lane in own),
        sum(lane.there for lane in own),
    )


def _merged(bars: Sequence[Bar], step: float) -> tuple[Bar, ...]:
    made: list[Bar] = []
    first = 0
    for place, bar in enumerate(bars):
        after = bars[place + 1] if place + 1 < len(bars) else None
        if after is None or after.ended - bars[first].began > step or after.began - bar.ended > step / 4:
            one = bars[first : place + 1]
            candidates = tuple(dict.fromkeys(candidate for part in one for candidate in part.candidates))
            made.append(Bar(one[0].began, bar.ended, candidates, sum(part.n_fits for part in one)))
            first = place + 1
    return tuple(made)


def _place(worker: str) -> list[tuple[int, str]]:
    """Return what sorts names of workers as people do: 2 before 10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", worker)]
