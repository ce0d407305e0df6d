"""Whether data fits in memory, said before it is read or unpacked."""

from __future__ import annotations

from kerasgrid.errors import DataError
from kerasgrid.system.memory import available_memory, size_text

_SHARE = 0.8
"""The share of the available memory that data may take: the rest is for the models."""


def check_room(n_bytes: int, where: str, what: str, hint: str) -> None:
    """Check that so many bytes fit in memory.

    Args:
        n_bytes: What the data takes at least.
        where: For the message: the file.
        what: What it is: ``1,000 rows of 20 columns``.
        hint: How to make it smaller.

    Raises:
        DataError: They do not.
    """
    available = available_memory()
    if available is not None and n_bytes > _SHARE * available:
        got = f"{what}, {size_text(n_bytes)}, where {size_text(_SHARE * available)} may be taken"
        raise DataError("data must fit in memory", where=where, got=got, hint=hint)
