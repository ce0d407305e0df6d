"""Whether the graph in the making is to be compiled by XLA: the same sum may be quickest in one way there only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_FOR_XLA: ContextVar[bool] = ContextVar("for_xla", default=False)


def is_for_xla() -> bool:
    """Return whether what is traced now will be compiled by XLA."""
    return _FOR_XLA.get()


@contextmanager
def for_xla() -> Iterator[None]:
    """Have :func:`is_for_xla` say so inside."""
    token = _FOR_XLA.set(True)
    try:
        yield
    finally:
        _FOR_XLA.reset(token)
