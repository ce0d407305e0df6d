"""The states that fits ended with, kept in a run's folder so that more epochs later go on from there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from kerasgrid.errors import RunError
from kerasgrid.fits.fit import Fit
from kerasgrid.system.files import write_bytes

FOLDER = "states"
"""The name of their folder, inside the run's."""

_ENDING = ".state"


@dataclass(frozen=True, slots=True)
class States:
    """Where states are kept, and how many bytes of them; those that were made first go first.

    Attributes:
        folder: Their folder; it is made when there is a first one.
        most_bytes: What all of them may take on the disk.
        key: What they are states of: fits that are one training.
        pauses_only: Whether only fits that pause are kept, until they have gone on; else what every fit ends with.
    """

    folder: Path
    most_bytes: int
    key: str = ""
    pauses_only: bool = False

    def of(self, key: str) -> States:
        """Return those of one training."""
        return replace(self, key=key)

    def before(self, epochs: int) -> Iterator[Path]:
        """Return the files of states after fewer epochs than these, that of the most first."""
        found = {int(path.stem.rpartition("-")[2]): path for path in self.folder.glob(f"{self.key}-*{_ENDING}")}
        return (found[n] for n in sorted(found, reverse=True) if n < epochs)

    def keep(self, epochs: int, content: bytes) -> None:
        """Keep a state after so many epochs in place of those after fewer, unless it has no room.

        That the disk does not take it is no reason for a fit to fail.
        """
        if len(content) > self.most_bytes:
            return
        with suppress(RunError, OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_bytes(self.folder / f"{self.key}-{epochs}{_ENDING}", content)
            self.discard(epochs)
            self._make_room()

    def keeps(self, fit: Fit) -> bool:
        """Return whether the state is wanted that this fit ends with."""
        return fit.pauses or not self.pauses_only

    def discard(self, epochs: int) -> None:
        """Remove those after fewer epochs than these."""
        for path in list(self.before(epochs)):
            path.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove what a write that was killed has left."""
        for path in self.folder.glob(f".*{_ENDING}.*.tmp"):
            path.unlink(missing_ok=True)

    def _make_room(self) -> None:
        files = []
        for path in self.folder.glob(f"*{_ENDING}"):
            with suppress(FileNotFoundError):  # another worker makes room, too
                told = path.stat()
                files.append((told.st_mtime_ns, told.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self.most_bytes:
                return
            path.unlink(missing_ok=True)
            total -= size
