"""Tables to read in tests: small files after what people bring, and columns to make more of them."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from kerasgrid.data.dataset import Dataset
from kerasgrid.data.sources import load_dataset


def written(path: Path, columns: dict[str, Sequence[object]], *, separator: str = ",", encoding: str = "utf-8") -> Path:
    """Write columns as they are, a row a line, and return the path."""
    rows = [separator.join(columns), *(separator.join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    content = ("\n".join(rows) + "\n").encode(encoding)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def loaded(folder: Path, table: dict[str, Sequence[object]], /, **options: object) -> Dataset:
    """Write columns as a comma-separated file and return its data set, ``y`` to be predicted."""
    return load_dataset(path=str(written(folder / "mine.csv", table)), **{"target": "y", **options})


def measured(n: int = 60, seed: int = 0) -> list[float]:
    return np.random.default_rng(seed).normal(size=n).round(3).tolist()


def turns(words: Sequence[object], n: int = 60) -> list[object]:
    """Return the words in turn, n of them."""
    return [words[place % len(words)] for place in range(n)]


def drawn(words: Sequence[str], n: int = 60, seed: int = 0) -> list[str]:
    """Return words drawn at random, so that nothing predicts them."""
    return np.random.default_rng(seed + 100).choice(list(words), n).tolist()


GAPS = ("", "NA", "nan", "?")
_WORDS = st.text("abÄß한 '\";,|\n€%.-+019", max_size=6)


def _column(n: int) -> st.SearchStrategy[list[str]]:
    number = st.floats(allow_nan=False, allow_infinity=False, width=32)
    gap = st.sampled_from(GAPS)
    forms: Iterable[st.SearchStrategy[str]] = (
        st.integers(-5, 5).map(str),
        number.map(repr),
        number.filter(lambda value: abs(value) < 1e9).map(lambda value: f"${value:,.2f}"),
        st.floats(-1e6, 1e6).map(lambda value: f"{value:.2f}".replace(".", ",")),
        st.integers(0, 99).map(lambda value: f"{value:04d}"),
        st.integers(0, 100).map(lambda value: f"{value}%"),
        st.sampled_from(["yes", "no"]),
        st.sampled_from(["True", "False"]),
        st.dates().map(str),
        st.dates().map(lambda day: f"{day:%d.%m.%Y}"),
        st.sampled_from(["red", "green", "blue", "", "None"]),
        _WORDS,
    )
    one = st.sampled_from(list(forms)).flatmap(
        lambda form: st.booleans().flatmap(lambda gaps: st.lists(form | gap if gaps else form, min_size=n, max_size=n))
    )
    mixed = st.lists(st.one_of(*forms, gap), min_size=n, max_size=n)
    return one | mixed


@st.composite
def raw_tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """Draw the names and the cells, as text, of a table's columns; the last one is to be predicted."""
    n = draw(st.integers(2, 30))
    names = draw(st.lists(_WORDS.map(str.strip).filter(bool), min_size=1, max_size=4, unique=True))
    columns = [draw(_column(n)) for _ in names]
    target = draw(st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=n, max_size=n) | _column(n))
    return [*names, "the target"], [*columns, target]
