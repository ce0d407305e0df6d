"""What of an estimator is pickled, and Keras's import where that takes Keras."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from kerasgrid.engine.keras_setup import import_as_guest
from kerasgrid.errors import RunError

_FIRST = "_keras"
"""An entry of the state that is read before the others."""


def to_pickle(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of an estimator's attributes is pickled.

    A process that has no Keras yet, as a worker of joblib's, imports it while it reads an optimizer or a loss. So that
    TensorFlow gets one thread there, as where we import it, and not one per core in each worker, it is imported by us
    just before.
    """
    # Callbacks that have done their work may hold anything, as open files.
    state = {name: value for name, value in state.items() if name != "callbacks_"}
    if hasattr(state.get("loss"), "reduction"):
        from kerasgrid.models.compiled import KeptLoss

        state["loss"] = KeptLoss(state["loss"])
    if "_model" in state:
        state["_weights"] = state.pop("_model").get_weights()
    compiled = state.get("_compiled")
    if compiled is not None and not compiled and not compiled.one_hot:
        del state["_compiled"]
    return {_FIRST: _Keras(), **state} if any(map(_needs_keras, state.values())) else state


def from_pickle(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of which this state was pickled."""
    loss: Any = state.get("loss")
    attributes = {**state, "loss": loss.loss} if hasattr(loss, "loss") else dict(state)
    attributes.pop(_FIRST, None)
    return attributes


class _Keras:
    """Read from a pickle, it is no object but an import."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _import_keras, ()


def _import_keras() -> None:
    # Where Keras cannot be used, those say so who use it.
    with suppress(RunError):
        import_as_guest()


def _needs_keras(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_needs_keras, value))
    if isinstance(value, Mapping):
        return any(map(_needs_keras, value.values()))
    cls = value if isinstance(value, type) else type(value)
    modules: Iterable[str] = (base.__module__ for base in cls.__mro__)
    return any(module == "kerasgrid.models.compiled" or module.partition(".")[0] == "keras" for module in modules)
