"""A wall clock that can be set while processes run, for these alone: what they load before anything else."""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
import sys
from pathlib import Path

COMPILER = shutil.which("cc")
LACKS = "needs Linux and a C compiler" if COMPILER is None or sys.platform != "linux" else ""
"""Why there can be none here; empty if there can."""

_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile long long none = 0, *seconds = &none;
static int (*real)(clockid_t, struct timespec *) = NULL;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("KERASGRID_TEST_CLOCK");
    int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    void *shared = mmap(NULL, sizeof *seconds, PROT_READ, MAP_SHARED, file, 0);
    if (shared != MAP_FAILED) seconds = shared;
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    if (real == NULL) real = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, now);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) now->tv_sec += *seconds;
    return failed;
}

int gettimeofday(struct timeval *now, void *zone) {
    struct timespec told;
    int failed = clock_gettime(CLOCK_REALTIME, &told);
    now->tv_sec = told.tv_sec;
    now->tv_usec = told.tv_nsec / 1000;
    return failed;
}

time_t time(time_t *now) {
    struct timespec told;
    clock_gettime(CLOCK_REALTIME, &told);
    if (now != NULL) *now = told.tv_sec;
    return told.tv_sec;
}
"""


class Clock:
    """The wall clock of whoever is started with :attr:`environment`; others, and the time that passes, stay right."""

    def __init__(self, folder: Path) -> None:
        assert COMPILER is not None
        source, library, self._file = folder / "clock.c", folder / "clock.so", folder / "clock"
        source.write_text(_SOURCE)
        subprocess.run([COMPILER, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
        self._file.write_bytes(bytes(mmap.PAGESIZE))
        self.environment = {"LD_PRELOAD": str(library), "KERASGRID_TEST_CLOCK": str(self._file)}

    def set(self, seconds: int) -> None:
        """Have it so many seconds ahead of the right time; below 0 behind it."""
        with open(self._file, "r+b") as file, mmap.mmap(file.fileno(), mmap.PAGESIZE) as shared:
            shared[:8] = struct.pack("q", seconds)
