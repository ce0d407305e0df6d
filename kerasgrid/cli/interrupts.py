"""Being interrupted: by Ctrl-C, a termination or a hang-up, at any moment."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer


class Interrupt(KeyboardInterrupt):
    """A signal that asks us to stop.

    Not a plain ``KeyboardInterrupt``: where that one passes through an ``exec`` of text, as in many imports, Python
    notes it as unhandled for good and ends by the signal, whatever the exit code was to be.
    """

    seen = False
    """Whether one was raised: an import of compiled code that it breaks off raises an ``ImportError`` instead."""


@contextmanager
def signals_raised() -> Iterator[None]:
    """Have signals that ask us to stop raise :class:`Interrupt`; afterwards, when all is said and done, ignore them."""
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    # Under nohup, a hang-up stays ignored.
    numbers = [n for n in (getattr(signal, name) for name in names) if signal.getsignal(n) != signal.SIG_IGN]
    for number in numbers:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        # While Python is taken down, a signal would only spoil the exit code.
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)


def interrupt(number: int, frame: object) -> NoReturn:
    """Raise :class:`Interrupt`: a handler of signals."""
    Interrupt.seen = True
    raise Interrupt


@contextmanager
def interruptible(advice: str) -> Iterator[None]:
    """Exit with 130 and one message if the block is interrupted, whatever error came of that.

    Raises:
        typer.Exit: in place of it.
    """
    try:
        yield
    except typer.Exit:
        raise
    except (Exception, KeyboardInterrupt) as error:
        if not (Interrupt.seen or isinstance(error, KeyboardInterrupt)):
            raise
        print(f"kerasgrid: interrupted; {advice}", file=sys.stderr)
        raise typer.Exit(130) from None
