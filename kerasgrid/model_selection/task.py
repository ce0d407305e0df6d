"""A task, one candidate on one split, and how it travels to a worker process and back."""

from __future__ import annotations

import io
import pickle
import warnings
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np

from kerasgrid.errors import RunError


class Shelf:
    """What all tasks share (data, splits, scorers): written once, and mapped or read once by every worker."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        self._things: dict[str, Any] = {}

    def add(self, thing: object) -> None:
        """Put this very object on the shelf, unless it is there or so small that it may travel with every task."""
        if id(thing) not in self._names and not isinstance(thing, str | int | float | None):
            # The shelf keeps it, so that no other object gets its identity.
            name = f"shared-{len(self._things)}"
            self._names[id(thing)] = name
            self._things[name] = thing

    def name_of(self, thing: object) -> str | None:
        """Return the name under which this very object is on the shelf."""
        return self._names.get(id(thing))

    def write(self, folder: Path) -> None:
        """Write everything into the folder: arrays as ``.npy``, all else pickled."""
        for name, thing in self._things.items():
            if type(thing) in (np.ndarray, np.memmap) and not thing.dtype.hasobject:
                np.save(folder / f"{name}.npy", np.asarray(thing), allow_pickle=False)
            else:
                (folder / f"{name}.pkl").write_bytes(_pickled(thing, None))


class OpenShelf:
    """A shelf as a worker sees it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._read:
            path = self._folder / f"{name}.npy"
            if path.exists():
                # Copy-on-write: nothing is copied, and who writes into it harms nobody. A plain array, so that
                # estimators see the type that they would see without us.
                self._read[name] = np.asarray(np.load(path, mmap_mode="c", allow_pickle=False))
            else:
                self._read[name] = pickle.loads((self._folder / f"{name}.pkl").read_bytes())
        return self._read[name]


@dataclass(eq=False, slots=True)
class Task:
    """A call of scikit-learn's, to be made in a worker.

    Attributes:
        number: Its place among all tasks of the search, from 0.
        function: What to call.
        args: Its arguments: estimator, X, y.
        kwargs: Its keywords: ``parameters``, ``train``, ``test``, ``scorer``, …
        shelf: What is left behind when the task travels.
        program: Tasks of equal programs share what a worker has compiled.
        compiled_samples: Of how many samples its fits are compiled; None where none is.
    """

    number: int
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    shelf: Shelf
    program: Hashable = None
    compiled_samples: int | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        call = _pickled((self.function, self.args, self.kwargs), self.shelf)
        return Sent, (call, self.compiled_samples)


@dataclass(frozen=True, slots=True)
class Sent:
    """A task under way; :meth:`opened` in the worker."""

    call: bytes
    compiled_samples: int | None = None

    def opened(self, shelf: OpenShelf) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        """Return the function, its arguments and its keywords."""
        function, args, kwargs = _Unpickler(io.BytesIO(self.call), shelf).load()
        return function, args, kwargs


@dataclass(frozen=True, slots=True)
class Told:
    """A warning that was given in a worker."""

    message: str
    category: type[Warning]
    filename: str
    lineno: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a task.

    Attributes:
        value: What the function returned.
        error: What it raised; None if it returned.
        lost: Why nothing came back: the last words of the worker that died over it.
        output: What it printed.
        warned: The warnings that it gave.
        seconds: How long it took.
    """

    value: Any = None
    error: BaseException | None = None
    lost: str | None = None
    output: str = ""
    warned: Sequence[Told] = field(default_factory=tuple)
    seconds: float = 0.0

    def __reduce__(self) -> tuple[Any, ...]:
        parts = (self.value, self.error, self.lost, self.output, tuple(self.warned), self.seconds)
        try:
            content = cloudpickle.dumps(parts)
            pickle.loads(content)
        except Exception as failure:  # noqa: BLE001 - whatever it is, the search must learn what happened
            error = self.error if self.error is not None else failure
            parts = (None, RuntimeError(f"{type(error).__name__}: {error}"), None, self.output, (), self.seconds)
            content = cloudpickle.dumps(parts)
        return _outcome, (content,)

    def show(self, registry: dict[Any, Any]) -> None:
        """Print what was printed, and give its warnings again, by this process's filters."""
        if self.output:
            print(self.output, end="", flush=True)
        for told in self.warned:
            warnings.warn_explicit(told.message, told.category, told.filename, told.lineno, registry=registry)


def shared_parts(args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
    """Return what this call of ``_fit_and_score`` has in common with others: X, y, the split, scorers, fit params."""
    parts = [*args[1:], *(kwargs.get(name) for name in ("train", "test", "scorer"))]
    for name in ("fit_params", "score_params"):
        parts += (kwargs.get(name) or {}).values()
    return parts


def _outcome(content: bytes) -> Outcome:
    return Outcome(*pickle.loads(content))


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    def __init__(self, file: io.BytesIO, shelf: Shelf | None) -> None:
        super().__init__(file)
        self._shelf = shelf

    def persistent_id(self, thing: object) -> str | None:
        return None if self._shelf is None else self._shelf.name_of(thing)


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, shelf: OpenShelf) -> None:
        super().__init__(file)
        self._shelf = shelf

    def persistent_load(self, name: Any) -> Any:
        return self._shelf[name]


def _pickled(thing: object, shelf: Shelf | None) -> bytes:
    file = io.BytesIO()
    try:
        _Pickler(file, shelf).dump(thing)
    except Exception as error:
        raise RunError(
            "estimator, parameters, scorers and data must be things that can be sent to a worker process",
            got=f"{type(error).__name__}: {error}",
        ) from error
    return file.getvalue()
