"""Own layers become known to Keras as soon as both kerasgrid and Keras are imported, in whichever order.

``keras.saving.load_model`` finds the layers of other packages only among those that are registered, and registering
takes Keras, whose import takes seconds. So ``import kerasgrid`` registers them at once where Keras is there already,
and leaves word with Python's import system otherwise. Imports no Keras by itself.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_KERAS = "keras"


def register_layers() -> None:
    """Register kerasgrid's layers with Keras: now if it is imported, else right after it is."""
    if _KERAS in sys.modules:
        _register()
    elif not any(isinstance(finder, _AfterKeras) for finder in sys.meta_path):
        sys.meta_path.insert(0, _AfterKeras())


def _register() -> None:
    import_module("kerasgrid.models.layers")


class _AfterKeras(MetaPathFinder):
    """Finds Keras where the other finders find it, and has the layers registered once it was executed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _KERAS:
            return None
        others = (finder.find_spec(fullname, path, target) for finder in sys.meta_path if finder is not self)
        spec = next((found for found in others if found is not None), None)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def execute_and_register(module: ModuleType) -> None:
            execute(module)
            if self in sys.meta_path:
                sys.meta_path.remove(self)
            _register()

        spec.loader.exec_module = execute_and_register  # type: ignore[method-assign]
        return spec
