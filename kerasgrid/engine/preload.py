"""What a fork server imports of the engine, and with it Keras and TensorFlow. Import it nowhere else."""

from __future__ import annotations

import sys

from kerasgrid.engine.keras_setup import before_import
from kerasgrid.system.quiet import quiet_stderr

before_import()

# Keras and TensorFlow import these for parts that no worker uses (wrappers for scikit-learn, an image gallery, data
# frames, sparse inputs), and do without where they are not installed: neither requires them. They would take a third
# of the time until the first fit.
_UNUSED = ("IPython", "matplotlib", "pandas", "scipy", "sklearn")
sys.modules.update({name: None for name in _UNUSED if name not in sys.modules})  # type: ignore[misc]
try:
    with quiet_stderr():
        import kerasgrid.engine.trainer  # noqa: F401
finally:
    for _name in _UNUSED:
        if sys.modules.get(_name, _UNUSED) is None:
            del sys.modules[_name]
