"""Progress on standard error: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from kerasgrid.errors import legible
from kerasgrid.fits.fit import FitResult
from kerasgrid.reports.text.machines import machines_text
from kerasgrid.run.machines import machines_of
from kerasgrid.system.words import counted, duration, number_text

if TYPE_CHECKING:
    from kerasgrid.run.run import Run
    from kerasgrid.run.tally import Tally
    from kerasgrid.run.watcher import Watcher

_SECONDS_PER_LINE = 10.0
_MACHINES_NAMED = 3


def make_progress(console: Console | None = None) -> LiveProgress | PlainProgress:
    """Return what suits this console; None for standard error."""
    console = console if console is not None else Console(stderr=True)
    return LiveProgress(console) if console.is_terminal else PlainProgress(console)


def progress_for(verbose: int) -> Watcher:
    """Return a live bar on a terminal, lines elsewhere (in a notebook, too), nothing with ``verbose=0``."""
    from kerasgrid.run.watcher import Silence

    if not verbose:
        return Silence()
    # A notebook's kernel sets FORCE_COLOR, which rich would take for a terminal.
    return make_progress(Console(stderr=True, force_jupyter=False, force_terminal=sys.stderr.isatty()))


def reused_line(tally: Tally) -> str:
    """Return what a second start says, such as "reusing 420 of 432 fits"."""
    return f"reusing {tally.reused:,} of {tally.n_fits:,} fits"


def training_line(tally: Tally) -> str:
    """Return what is to do, and how long it takes by earlier searches, such as "training 12 fits, about 1 min 10 s"."""
    fits, seconds = counted(tally.n_fits - tally.done, "fit"), tally.seconds_expected
    if deadline := tally.cut_short:
        return f"training as many of {fits} as {duration(deadline.to_the_end)} allow"
    line = f"training {fits}{' at most' if tally.n_open else ''}"
    if seconds is None and tally.deadline is not None:
        return f"{line}, for {duration(tally.deadline.to_the_end)} at most"
    if seconds is None or seconds < _SECONDS_PER_LINE:
        return line
    return f"{line}, {'up to' if tally.n_open else 'about'} {duration(seconds)}"


def failure_line(result: FitResult) -> str:
    """Return why a fit failed, and of which candidate it was."""
    return f"fit failed: candidate {result.fit.candidate.id}, fold {result.fit.fold}: {result.error}"


def state_line(tally: Tally) -> str:
    """Return the counts, the best score and the time left in one line."""
    parts = [f"{tally.done:,}/{tally.n_fits:,} fits{' at most' if tally.n_open else ''}"]
    if tally.best is not None:
        parts.append(f"best {tally.metric} {number_text(tally.best)}")
    parts += [f"{count} {word}" for count, word in ((tally.diverged, "diverged"), (tally.failed, "failed")) if count]
    least, left = tally.least_seconds_left, tally.seconds_left
    if deadline := tally.cut_short:
        parts.append(f"{duration(deadline.to_the_end)} of {duration(deadline.seconds)} left")
    elif least is not None and left is not None and tally.done < tally.n_fits:
        # How many fits a race will spare is not known.
        parts.append(f"{duration(least)} to {duration(left)} left" if tally.n_open else f"{duration(left)} left")
    if machines := machines_text(machines_of(tally.fitter), _MACHINES_NAMED):
        parts.append(machines)
    return ", ".join(parts)


def say(console: Console, text: str) -> None:
    """Print a line as it is: no markup, no colours for numbers, no breaks at the console's width."""
    console.print(legible(text), markup=False, highlight=False, soft_wrap=True)


class PlainProgress:
    """A line at the start, one every ten seconds, and one at the end."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next = _SECONDS_PER_LINE

    def started(self, tally: Tally) -> None:
        """Say what is reused, and what is to do."""
        if tally.reused:
            self.say(reused_line(tally))
        if tally.done < tally.n_fits:
            self.say(training_line(tally))

    def fit_done(self, tally: Tally, result: FitResult) -> None:
        """Say why a fit failed, and now and then how far the search is."""
        if result.status == "failed":
            self.say(failure_line(result))
        if tally.elapsed >= self._next or tally.done == tally.n_fits:
            self._next = tally.elapsed + _SECONDS_PER_LINE
            self.say(f"{state_line(tally)} ({duration(tally.elapsed)})")

    def refitting(self, tally: Tally, run: Run) -> None:
        """Say so."""
        self.say("training the best candidate on all training data")

    def stop(self) -> None:
        """Nothing is live, so nothing has to end."""

    def say(self, text: str) -> None:
        """Print a line."""
        say(self._console, text)


class LiveProgress:
    """A bar with counts, the best score and the time left."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[state]}", markup=False),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None

    def started(self, tally: Tally) -> None:
        """Show the bar."""
        if tally.reused:
            self.say(reused_line(tally))
        if tally.done == tally.n_fits:
            return
        state = f"starting workers, {training_line(tally)}"
        self._task = self._bar.add_task("fits", total=tally.n_fits, completed=tally.done, state=state)
        self._bar.start()

    def fit_done(self, tally: Tally, result: FitResult) -> None:
        """Move the bar."""
        if result.status == "failed":
            self.say(failure_line(result))
        assert self._task is not None
        self._bar.update(self._task, total=tally.n_fits, completed=tally.done, state=state_line(tally))

    def refitting(self, tally: Tally, run: Run) -> None:
        """Say what is going on now that all fits are done."""
        state = f"{state_line(tally)}, training the best on all training data"
        if self._task is not None:
            self._bar.update(self._task, state=state)
            return
        # All fits are from an earlier search.
        self._task = self._bar.add_task("fits", total=tally.n_fits, completed=tally.done, state=state)
        self._bar.start()

    def stop(self) -> None:
        """Take the bar away."""
        self._bar.stop()

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        self._bar.console.print(legible(text), markup=False, highlight=False)
