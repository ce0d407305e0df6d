"""Fonts: which of those that are installed have the letters of a text. Imports matplotlib only when it must look."""

from __future__ import annotations

import re
from functools import lru_cache

_OWN = "DejaVu Sans"
"""Matplotlib brings it along."""

_EAST_ASIAN = (
    "Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "NanumBarunGothic", "Malgun Gothic", "Apple SD Gothic Neo",
    "AppleGothic", "UnDotum", "Baekmuk Dotum", "Noto Sans CJK JP", "Noto Sans CJK SC", "Source Han Sans",
)  # fmt: skip
"""Taken first where they are installed."""

_BOXES = re.compile("last ?resort|adobe blank|fallback", re.IGNORECASE)
"""Fonts that have every letter, as a box."""

_PLAIN = "\u0300"
"""Letters before this one are in our own font."""


def families() -> list[str]:
    """Return the families of letters to draw with: matplotlib's own, then what is installed of East Asian ones."""
    installed = _installed()
    return [_OWN, *(name for name in _EAST_ASIAN if name in installed)]


def families_for(text: str) -> list[str]:
    """Return further installed families that have what letters of the text :func:`families` have not; often none."""
    return list(_looked_for(_unusual(text))[0])


def letters_without_font(text: str) -> str:
    """Return the letters of the text that no installed font has, each once, in their order."""
    return _looked_for(_unusual(text))[1]


def _unusual(text: str) -> str:
    return "".join(dict.fromkeys(letter for letter in text if letter >= _PLAIN and letter.isprintable()))


def _looked_for(letters: str) -> tuple[tuple[str, ...], str]:
    """Return further families that have some of these letters, and the letters that none has."""
    if not letters:
        return (), ""
    return _found(letters, tuple(sorted(_installed().items())))


@lru_cache(maxsize=64)
def _found(letters: str, installed: tuple[tuple[str, str], ...]) -> tuple[tuple[str, ...], str]:
    paths, own, others, left = dict(installed), families(), [], letters
    for name in (*own, *(name for name in paths if name not in own and not _BOXES.search(name))):
        if not left:
            break
        missing = _missing(left, paths.get(name, ""))
        if len(missing) < len(left) and name not in own:
            others.append(name)
        left = missing
    return tuple(others), left


def _missing(letters: str, path: str) -> str:
    """Return the letters that a font's file has not: all of them where it cannot be read."""
    from matplotlib.font_manager import get_font

    try:
        font = get_font(path)
    except (OSError, RuntimeError, ValueError):
        return letters
    return "".join(letter for letter in letters if not font.get_char_index(ord(letter)))


def _installed() -> dict[str, str]:
    """Return the file of each installed family, the first one that is told."""
    from matplotlib.font_manager import fontManager

    found: dict[str, str] = {}
    for font in fontManager.ttflist:
        found.setdefault(font.name, font.fname)
    return found
