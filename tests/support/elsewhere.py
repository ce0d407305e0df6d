"""Be a Python without what Windows lacks: every process that has :func:`hiding` in its environment.

Only the package's own code misses it: of what it depends on there are editions for Windows.
"""

from __future__ import annotations

import builtins
import importlib
import multiprocessing
import os
import pkgutil
import select
import signal
import socket
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

HIDDEN_MODULES = frozenset({"fcntl", "grp", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"})

WINDOWS_SIGNALS = frozenset({"SIGABRT", "SIGBREAK", "SIGFPE", "SIGILL", "SIGINT", "SIGSEGV", "SIGTERM"})

HIDDEN_OF_SIGNAL = (
    "SIG_BLOCK", "SIG_UNBLOCK", "SIG_SETMASK", "ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF", "alarm", "getitimer",
    "pause", "pthread_kill", "pthread_sigmask", "setitimer", "siginterrupt", "sigpending", "sigtimedwait", "sigwait",
    "sigwaitinfo",
)  # fmt: skip

HIDDEN_OF_OS = (
    "O_CLOEXEC", "O_DIRECTORY", "O_DSYNC", "O_NDELAY", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK", "O_SYNC", "O_TMPFILE",
    "WEXITSTATUS", "WIFEXITED", "WIFSIGNALED", "WNOHANG", "WTERMSIG", "chown", "chroot", "confstr", "ctermid", "fchdir",
    "fchown", "fork", "forkpty", "getegid", "geteuid", "getgid", "getgroups", "getloadavg", "getpgid", "getpgrp",
    "getpriority", "getsid", "getuid", "killpg", "lchown", "lockf", "mkfifo", "mknod", "nice", "openpty", "pathconf",
    "posix_fadvise", "posix_fallocate", "posix_spawn", "posix_spawnp", "pread", "pwrite", "register_at_fork",
    "sched_getaffinity", "sched_setaffinity", "sched_yield", "sendfile", "setegid", "seteuid", "setgid", "setpgid",
    "setpriority", "setsid", "setuid", "statvfs", "sync", "sysconf", "tcgetpgrp", "ttyname", "uname", "wait", "wait3",
    "wait4", "waitid",
)  # fmt: skip

HIDDEN_OF_SELECT = ("poll", "epoll", "POLLIN")

HIDDEN: dict[str, frozenset[str]] = {
    "os": frozenset(HIDDEN_OF_OS),
    "select": frozenset(HIDDEN_OF_SELECT),
    "signal": frozenset(HIDDEN_OF_SIGNAL),
    "socket": frozenset({"AF_UNIX"}),
}


def is_ours(name: object) -> bool:
    """Whether a module of this name is the package's own."""
    return isinstance(name, str) and name.partition(".")[0] == "kerasgrid"


def is_hidden(module: str, name: str) -> bool:
    """Whether Windows lacks this name in the module."""
    is_signal = module == "signal" and name.startswith("SIG") and name[3].isalpha()
    return name in HIDDEN[module] or (is_signal and name not in WINDOWS_SIGNALS)


class Partly(ModuleType):
    """A module that shows the package only what Windows has of it."""

    def __getattribute__(self, name: str) -> object:
        own = ModuleType.__getattribute__(self, "__name__")
        if is_hidden(own, name) and is_ours(sys._getframe(1).f_globals.get("__name__")):
            raise AttributeError(f"module {own!r} has no attribute {name!r}", name=name, obj=self)
        return ModuleType.__getattribute__(self, name)


def hide() -> None:
    """Take away what Windows has not; text that the package opens in the locale's encoding becomes an error."""
    original = builtins.__import__

    def guarded(name: str, importer: Mapping[str, object] | None = None, *more: Any, **named: Any) -> ModuleType:
        if name in HIDDEN_MODULES and importer is not None and is_ours(importer.get("__name__")):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return original(name, importer, *more, **named)

    builtins.__import__ = guarded  # type: ignore[assignment]
    for module in (os, select, signal, socket):
        module.__class__ = Partly
    multiprocessing.get_all_start_methods = lambda: ["spawn"]  # type: ignore[assignment]
    warnings.filterwarnings("error", category=EncodingWarning, module="kerasgrid")


def hiding(folder: Path) -> dict[str, str]:
    """Return the environment of processes that hide it, and their child processes; the folder must be empty."""
    # Python imports a module of this name when it starts.
    (folder / "sitecustomize.py").write_text("from support.elsewhere import hide\n\nhide()\n", encoding="utf-8")
    tests = Path(__file__).parent.parent
    path = os.pathsep.join(map(str, (folder, tests, tests.parent)))
    return {**os.environ, "PYTHONPATH": path, "PYTHONWARNDEFAULTENCODING": "1"}


def import_everything() -> None:
    """Import every module of the package but those that act when they are imported, and print how many they are."""
    import kerasgrid

    names = [module.name for module in pkgutil.walk_packages(kerasgrid.__path__, "kerasgrid.")]
    names = [name for name in names if name not in ("kerasgrid.__main__", "kerasgrid.workers.preload")]
    for name in names:
        importlib.import_module(name)
    print(len(names))
