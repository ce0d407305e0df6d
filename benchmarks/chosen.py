"""The cases of a benchmark that its command line asks for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Protocol, TypeVar


class Named(Protocol):
    """A case, which has a name."""

    @property
    def name(self) -> str:
        """As on the command line."""
        ...


Case = TypeVar("Case", bound=Named)


def add_cases(parser: argparse.ArgumentParser, cases: Sequence[Named]) -> None:
    """Have a command line take names of cases, as ``cases``."""
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"{', '.join(case.name for case in cases)}; all")


def chosen(parser: argparse.ArgumentParser, cases: Sequence[Case], names: Sequence[str]) -> list[Case]:
    """Return the cases of these names, or all if there are none; an unknown one ends the program with a message."""
    unknown = set(names) - {case.name for case in cases}
    if unknown:
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    return [case for case in cases if not names or case.name in names]
