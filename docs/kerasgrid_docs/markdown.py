"""Markdown of what Python says."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence

_ROLE = re.compile(r":\w+:`~?(?:[\w.]+\.)?(\w+)`")
_SECTION = re.compile(r"^(Args|Attributes|Class attributes|Raises|Returns):$")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; its cells are Markdown, in which bars are allowed."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def code(text: object) -> str:
    """Return a text as code."""
    return f"`{text}`"


def codes(texts: Iterable[object]) -> str:
    """Return texts as code, with commas between."""
    return ", ".join(map(code, texts))


def from_docstring(text: str) -> str:
    """Return a text of a docstring as Markdown, on one line: roles become code."""
    return " ".join(_ROLE.sub(r"`\1`", text).replace("``", "`").split())


def first_line(thing: object) -> str:
    """Return the first line of a docstring, without its full stop."""
    return from_docstring((inspect.getdoc(thing) or "").partition("\n\n")[0]).removesuffix(".")


def attributes_of(kind: type) -> dict[str, str]:
    """Return what the docstrings of a class of ours and its bases say of its attributes, by their names."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base.__doc__ and base.__module__.partition(".")[0] == "kerasgrid":
            found |= _attributes(inspect.cleandoc(base.__doc__))
    return found


def _attributes(docstring: str) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    is_there, name = False, ""
    for line in docstring.splitlines():
        if section := _SECTION.match(line):
            is_there = section[1] == "Attributes"
        elif is_there and (start := re.match(r"^    (\w+): (.*)", line)):
            name = start[1]
            found[name] = [start[2]]
        elif is_there and name and line.startswith("        "):
            found[name].append(line)
    return {name: from_docstring(" ".join(lines)) for name, lines in found.items()}
