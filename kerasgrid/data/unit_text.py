"""What stands behind numbers: a unit such as kg, k and M for thousands and millions; and times of day as h:mm."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from kerasgrid.data.dataset import Array

if TYPE_CHECKING:
    import numpy.typing as npt

_BLANKS = "[ \u00a0\u202f\u2009]*"
_UNIT = re.compile(rf"(?:.*\d[.,)]?){_BLANKS}(°?[^\W\d_][^\s\d]{{0,11}}|[+°\"”″′])", re.DOTALL)
_POWERS = {"k": 1e3, "mio": 1e6, "mln": 1e6, "m": 1e6, "bn": 1e9, "b": 1e9}
_POWER = re.compile(rf"(.*\d[.,]?){_BLANKS}(k|mio\.?|mln\.?|m|bn|b)", re.IGNORECASE | re.DOTALL)
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d(?:[.,]\d+)?))?")
_SAMPLE = 200


def unit_of(words: Array) -> str:
    """Return the unit that stands behind most of some words with numbers; empty where less than half have the same."""
    some = words[:_SAMPLE]
    found = Counter(match[1] for word in some if (match := _UNIT.fullmatch(str(word).strip())) is not None)
    unit, count = found.most_common(1)[0] if found else ("", 0)
    return unit if 2 * count >= len(some) else ""


def have_powers(words: Array) -> bool:
    """Whether k, M or B stand behind half of some words with numbers, at least; of m alone metres are meant."""
    some = words[:_SAMPLE]
    found = [match[2] for word in some if (match := _POWER.fullmatch(str(word).strip())) is not None]
    return 2 * len(found) >= len(some) and any(power not in ("m", "b") for power in found)


def are_times(words: Array) -> bool:
    """Whether half of some words, at least, are times such as 9:30 and 14:05:59."""
    some = words[:_SAMPLE]
    return len(some) > 0 and 2 * sum(_CLOCK.fullmatch(str(word).strip()) is not None for word in some) >= len(some)


def without_unit(words: Array, unit: str) -> Array:
    """Return words without a unit behind them; one that has none is as it is."""
    texts = [str(word).strip() for word in words]
    bare = [text.removesuffix(unit).rstrip() if len(text) > len(unit) else text for text in texts]
    return np.array([*bare, ""], dtype=object)[:-1]


def without_powers(words: Array) -> tuple[Array, npt.NDArray[np.float64]]:
    """Return words without k, M and B behind them, and what each is to be multiplied by, (k,)."""
    bare: list[str] = []
    factors = np.ones(len(words))
    for place, word in enumerate(words):
        match = _POWER.fullmatch(str(word).strip())
        bare.append(str(word) if match is None else match[1])
        if match is not None:
            factors[place] = _POWERS[match[2].lower().rstrip(".")]
    return np.array([*bare, ""], dtype=object)[:-1], factors


def hours_in(words: Array) -> npt.NDArray[np.float64]:
    """Return the hours that times are, float64 (k,): 9:30 is 9.5; NaN for what is none."""
    found = np.full(len(words), np.nan)
    for place, word in enumerate(words):
        if (match := _CLOCK.fullmatch(str(word).strip())) is not None:
            seconds = float((match[3] or "0").replace(",", "."))
            found[place] = int(match[1]) + int(match[2]) / 60 + seconds / 3600
    return found
