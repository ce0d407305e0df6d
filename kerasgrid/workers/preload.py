"""What the fork server imports once, so that a new worker is ready at once. Import it nowhere else."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading

from kerasgrid.engine.keras_setup import before_import
from kerasgrid.system.quiet import quiet_stderr

before_import()

# A reader of the search's output would otherwise wait for this process, too.
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

_imported = threading.Event()


def _end_with_parent(parent: int) -> None:
    # The server looks after its parent only once this module is imported, which takes seconds.
    while not _imported.wait(0.1):
        if os.getppid() != parent:
            os._exit(0)


# Keras and TensorFlow import these for parts that no worker uses (wrappers for scikit-learn, an image gallery, data
# frames, sparse inputs), and do without where they are not installed: neither requires them. They would take a third
# of the time until the first fit.
_UNUSED = ("IPython", "matplotlib", "pandas", "scipy", "sklearn")
sys.modules.update({name: None for name in _UNUSED if name not in sys.modules})  # type: ignore[misc]

# The imports make a million objects that all stay: looking through them for garbage, here and in every worker, takes a
# sixth of the time and finds none.
gc.disable()

_watch = threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True)
_watch.start()
try:
    with quiet_stderr():
        import kerasgrid.engine.program  # noqa: F401 - and with it, Keras and TensorFlow
finally:
    for _name in _UNUSED:
        if sys.modules.get(_name, _UNUSED) is None:
            del sys.modules[_name]
    gc.freeze()
    gc.enable()
    # No thread may run when a worker is forked.
    _imported.set()
    _watch.join()
# When the search is over, whoever reads its output would wait while TensorFlow is taken down with care. Workers do not
# come here: multiprocessing ends them without.
atexit.register(os._exit, 0)
