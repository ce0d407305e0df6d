"""Network namespaces: machines of their own, as far as the network goes. They need root and Linux's ``ip``."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self


def why_not() -> str | None:
    """Return why there can be none here; None if there can."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "network namespaces need the command ip"
    name = f"kg{os.getpid()}x"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode != 0:
        return "this system allows no network namespaces"
    subprocess.run(["ip", "netns", "del", name], check=False)
    return None


class Namespaces:
    """So many namespaces on one bridge, each with an address; removed when the block ends.

    Args:
        n: Their number. The last is the scheduler's, which tests call -1.
    """

    def __init__(self, n: int) -> None:
        self._n = n
        # Names of interfaces have 15 letters at most.
        self._prefix = f"kg{os.getpid() % 100000}"
        self._net = f"10.231.{os.getpid() % 250}"
        self._made: list[list[str]] = []

    def __enter__(self) -> Self:
        try:
            bridge = f"{self._prefix}b"
            self._make(["link", "add", bridge, "type", "bridge"], ["link", "del", bridge])
            _ip("addr", "add", f"{self._net}.254/24", "dev", bridge)
            _ip("link", "set", bridge, "up")
            for number in range(self._n):
                name, outer, inner = self.name(number), self.outer(number), f"{self._prefix}i{number}"
                self._make(["netns", "add", name], ["netns", "del", name])
                self._make(["link", "add", outer, "type", "veth", "peer", "name", inner], ["link", "del", outer])
                _ip("link", "set", inner, "netns", name)
                _ip("link", "set", outer, "master", bridge)
                _ip("link", "set", outer, "up")
                for command in (
                    ["addr", "add", f"{self.address(number)}/24", "dev", inner],
                    ["link", "set", inner, "up"],
                ):
                    _ip("-n", name, *command)
                _ip("-n", name, "link", "set", "lo", "up")
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    def name(self, number: int) -> str:
        """Return the name of a namespace."""
        return f"{self._prefix}n{number % self._n}"

    def outer(self, number: int) -> str:
        """Return the name of its cable's other end."""
        return f"{self._prefix}o{number % self._n}"

    def address(self, number: int) -> str:
        """Return its address."""
        return f"{self._net}.{number % self._n + 1}"

    def inside(self, number: int) -> list[str]:
        """Return what a command begins with that runs there."""
        return ["ip", "netns", "exec", self.name(number)]

    def cut(self, number: int) -> None:
        """Pull its cable."""
        _ip("link", "set", self.outer(number), "down")

    def bytes_sent_to(self, number: int) -> int:
        """Return how many bytes have gone there."""
        return int(Path(f"/sys/class/net/{self.outer(number)}/statistics/tx_bytes").read_text(encoding="ascii"))

    def _make(self, command: list[str], undo: list[str]) -> None:
        _ip(*command)
        self._made.append(undo)

    def _remove(self) -> None:
        for undo in reversed(self._made):
            subprocess.run(["ip", *undo], capture_output=True, check=False)
        self._made.clear()


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], capture_output=True, check=True)
