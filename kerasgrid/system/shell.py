"""Names and paths in commands that people are told, so that a shell takes them as they are."""

from __future__ import annotations

import re
import shlex

_PLAIN = re.compile(r"[\w.\-/:@]+")
_SPECIAL = re.compile(r'["$`\\]')


def quoted(name: str) -> str:
    """Return a name or path as a shell takes it: as it is if no letter of it means anything else, else in quotes.

    They are double ones, which the shells of Windows know, too, wherever these will do.
    """
    if _PLAIN.fullmatch(name):
        return name
    # Where commands are typed, ! stands for earlier ones within double quotes.
    return shlex.quote(name) if "!" in name else f'"{_SPECIAL.sub(_escaped, name)}"'


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found[0]}"
