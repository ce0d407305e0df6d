"""The pages of the documentation: their blocks of code, their links, what they are called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
_DOCS = ROOT / "docs"
_AT_THE_ROOT = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md")


class Block(NamedTuple):
    """A fenced block of a page.

    Attributes:
        page: The page, by its path from the root.
        line: Of the page, at which the block begins, counted from 1.
        language: The word behind the fence.
        text: What it holds.
    """

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """Return every page that people read, without what building the site leaves."""
    built = (_DOCS / "_build", _DOCS / "tutorials" / "notebooks")
    of_site = (path for path in _DOCS.rglob("*.md") if not any(path.is_relative_to(folder) for folder in built))
    return [*(path for name in _AT_THE_ROOT if (path := ROOT / name).exists()), *sorted(of_site)]


def blocks(*languages: str) -> list[Block]:
    """Return the blocks of all pages in these languages; in all of them without any."""
    found = [block for page in pages() for block in _blocks(page)]
    return [block for block in found if not languages or block.language in languages]


def _blocks(page: Path) -> Iterator[Block]:
    begun, language, lines = 0, "", []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if not line.lstrip().startswith("```"):
            lines.append(line)
        elif begun:
            yield Block(str(page.relative_to(ROOT)), begun, language, "\n".join(lines))
            begun, lines = 0, []
        else:
            begun, language, lines = number, line.strip().removeprefix("```").partition(" ")[0], []
    assert not begun, f"{page}: the block at line {begun} has no end"


def without_blocks(page: Path) -> str:
    """Return the text of a page without its blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def links(page: Path) -> list[str]:
    """Return where a page's links and pictures lead that stay in this tree."""
    found = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "`", without_blocks(page)))
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, and of what it includes."""
    heads = re.findall(r"^#+ (.*)$", without_blocks(page), re.MULTILINE)
    included = re.findall(r"^```\{include\} (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    own = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
    return own.union(*(anchors((page.parent / name).resolve()) for name in included))
