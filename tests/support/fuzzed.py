"""What all fuzzed tests share: how many examples there are, and what an error may be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from kerasgrid.errors import KerasgridError

fuzzed = settings(
    max_examples=int(os.environ.get("KERASGRID_FUZZ", "40")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["mlp", "grid", "random", "digits", "accuracy", "Adam", "relu", "a:b", "../x", 1e308, -1, 0]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["name", "low", "high", "log_uniform", "patience", "path"]) | st.text(max_size=6), inner,
        max_size=4),
    max_leaves=8,
)  # fmt: skip
"""Anything of JSON, often such as stands in spaces."""


@contextmanager
def one_message() -> Iterator[None]:
    """Take nothing but an error with one message that can be printed."""
    try:
        yield
    except KerasgridError as found:
        error = found
    else:
        return
    assert str(error).strip()
    assert all(letter.isprintable() or letter in "\n\t" for letter in str(error))
    assert error.exit_code in (1, 2)
