"""What a search sends to a cluster once: its data and the modules of its user, by their content."""

from __future__ import annotations

import hashlib
import importlib.util
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from distributed import Client, Future

from kerasgrid.errors import RunError
from kerasgrid.workers.dask_bounded import bounded

_SECONDS_TO_SEND = 3600.0


class Scattered:
    """Something that every worker of a cluster holds once, for as long as this object is there.

    Args:
        client: The cluster's.
        content: It: bytes or arrays of bytes, by their names.

    Attributes:
        key: What it is called there, by its content.
    """

    def __init__(self, client: Client, content: dict[str, Any]) -> None:
        self._client = client
        self._content = content
        digest = hashlib.blake2b(digest_size=16)
        for name in sorted(content):
            digest.update(f"{name} {len(content[name])};".encode())
            digest.update(content[name])
        self._hash = digest.hexdigest()
        self._n_sent = 0
        self._future: Future | None = None

    @property
    def key(self) -> str:
        """What it is called now; it has another name each time that it had to be sent."""
        return f"kerasgrid-{self._hash}-{self._n_sent}"

    def is_same(self, other: Scattered) -> bool:
        """Return whether both have the same content."""
        return self._hash == other._hash

    def future(self) -> Future:
        """Return what stands for it in a task; send it if nobody has it yet.

        Raises:
            OSError: The cluster cannot be reached.
        """
        if self._future is None:
            self._n_sent += 1
            send = lambda: self._client.scatter({self.key: self._content}, broadcast=True)  # noqa: E731
            self._future = bounded(send, _SECONDS_TO_SEND)[self.key]
        return self._future

    def is_lost(self) -> bool:
        """Return whether all who had it have gone: it will be sent anew then."""
        if self._future is None:
            return False
        try:
            holders = self._future.status == "finished" and any(bounded(self._who_has, 10.0).values())
        except (OSError, TimeoutError, RuntimeError):
            return False  # Nothing is known now.
        if not holders:
            self._future = None
        return not holders

    def _who_has(self) -> Mapping[str, Sequence[str]]:
        found: Mapping[str, Sequence[str]] = self._client.who_has([self._future])
        return found

    def forget(self) -> None:
        """Let the cluster forget it."""
        self._future = None


def files_of(furnish: Callable[[Path], None]) -> dict[str, Any]:
    """Return the files that are written into a folder, as arrays of bytes by their names."""
    with tempfile.TemporaryDirectory(prefix="kerasgrid-") as folder:
        furnish(Path(folder))
        return {path.name: np.fromfile(path, np.uint8) for path in sorted(Path(folder).iterdir())}


def sources_of(modules: Iterable[str]) -> dict[str, bytes]:
    """Return the source texts of modules, by their file names; packages must be installed where they are needed.

    Raises:
        RunError: One cannot be found.
    """
    found: dict[str, bytes] = {}
    for name in sorted({module for module in modules if "." not in module}):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise RunError("this module cannot be found, so that it cannot be sent to the workers", got=name)
        if spec.origin.endswith(".py") and not spec.submodule_search_locations:
            found[f"{name}.py"] = Path(spec.origin).read_bytes()
    return found
