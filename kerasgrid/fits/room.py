"""Whether there is memory for a fit, told before it is trained: an estimate, within a factor of two or so."""

from __future__ import annotations

from dataclasses import dataclass

from kerasgrid.errors import FitError
from kerasgrid.system.memory import size_text


class NeedsAllError(Exception):
    """A fit needs more memory than its share, but no more than there is without others beside it."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much memory a fit may take.

    Attributes:
        beside_others: Bytes, with others being trained at the same time; None for any.
        alone: Bytes, without; None for any.
        is_shared: Whether others are being trained at the same time, on the same device or not.
    """

    beside_others: int | None = None
    alone: int | None = None
    is_shared: bool = False

    def check(self, n_bytes: int) -> None:
        """Check that a fit has room that needs about so many bytes.

        Raises:
            FitError: It has none.
            NeedsAllError: It has, but not beside others.
        """
        if self.alone is not None and n_bytes > self.alone:
            got = f"about {size_text(n_bytes)}, where {size_text(self.alone)} may be taken"
            hint = "fewer units or filters, or a smaller batch_size"
            raise FitError("a fit's weights and activations must fit in memory", got=got, hint=hint)
        if self.beside_others is not None and n_bytes > self.beside_others:
            raise NeedsAllError
