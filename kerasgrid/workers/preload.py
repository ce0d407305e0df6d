"""What the fork server runs before it forks: the modules that its processes need. Import it nowhere else."""

from __future__ import annotations

import atexit
import gc
import os
import threading
from contextlib import suppress
from importlib import import_module

# A reader of the search's output would otherwise wait for this process, too.
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

_imported = threading.Event()


def _end_with_parent(parent: int) -> None:
    # The server looks after its parent only once this module is imported, which may take seconds.
    while not _imported.wait(0.1):
        if os.getppid() != parent:
            os._exit(0)


# The imports make a million objects that all stay: looking through them for garbage, here and in every worker, takes a
# sixth of the time and finds none.
gc.disable()

_watch = threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True)
_watch.start()
try:
    for _name in filter(None, os.environ.pop("KERASGRID_PRELOAD", "").split(",")):
        # As with the server's own list: whoever needs it will say what is wrong.
        with suppress(ImportError):
            import_module(_name)
finally:
    gc.freeze()
    gc.enable()
    # No thread may run when a worker is forked.
    _imported.set()
    _watch.join()
# When the search is over, whoever reads its output would wait while TensorFlow, say, is taken down with care. Workers
# do not come here: multiprocessing ends them without.
atexit.register(os._exit, 0)
