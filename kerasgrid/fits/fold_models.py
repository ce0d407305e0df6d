"""What fits leave for an ensemble: the weights that they ended with, kept in the run's folder for the best of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kerasgrid.errors import RunError
from kerasgrid.system.files import write_bytes

FOLDER = "fold_models"
"""The name of their folder, inside the run's."""

_ENDING = ".weights"


@dataclass(frozen=True, slots=True)
class FoldModels:
    """Where the weights of fits are kept, a file for each.

    Attributes:
        folder: Their folder; it is made when there is a first one.
    """

    folder: Path

    def path(self, key: str) -> Path:
        """Return the file of the fit of this key; it need not be there."""
        return self.folder / f"{key}{_ENDING}"

    def size(self, key: str) -> int:
        """Return how many bytes a fit has left; 0 for nothing."""
        try:
            return self.path(key).stat().st_size
        except OSError:
            return 0

    def discard(self, key: str) -> None:
        """Remove what a fit has left."""
        self.path(key).unlink(missing_ok=True)

    def keys(self) -> frozenset[str]:
        """Return the keys of the fits that have left something."""
        return frozenset(path.name.removesuffix(_ENDING) for path in self.folder.glob(f"*{_ENDING}"))

    def tidy(self) -> None:
        """Remove what a write that was killed has left."""
        for path in self.folder.glob(f".*{_ENDING}.*.tmp"):
            path.unlink(missing_ok=True)


def leave(path: Path, content: Callable[[], bytes]) -> None:
    """Write what a fit leaves; that disk or memory have no room for it is no reason for a fit to fail.

    Args:
        path: Where.
        content: Makes it.
    """
    with suppress(RunError, OSError, MemoryError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content())
