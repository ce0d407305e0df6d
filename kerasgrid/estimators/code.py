"""The code of functions and classes as a hash: the same in every process, another one when the code is mended."""

from __future__ import annotations

import dis
import functools
import hashlib
import types
from collections.abc import Iterator
from typing import Any

_KNOWN_BY_VERSION = {"keras", "numpy", "sklearn", "tensorflow"}
"""Packages whose code is not read: their versions say enough."""


def code_digest(value: Any) -> str:
    """Return a hash of the code of a function, a class, a partial or an object's class: 24 hexadecimal digits.

    It counts the bytecode, so it is another one in another version of Python. It also counts, of what a function
    reads, the numbers, texts and tuples of them in its module or its closure, and the functions and classes of its
    module or of ``__main__``, likewise read. It does not see lists, dicts and objects, other modules, nor what the
    functions change themselves, as a counter.
    """
    reader = _Reader()
    reader.read(value)
    digest = hashlib.blake2b(digest_size=12)
    for part in reader.all_parts():
        digest.update(part.encode(errors="replace"))
    return digest.hexdigest()


class _Reader:
    def __init__(self) -> None:
        self._parts: list[str] = []
        self._values: dict[str, str] = {}
        self._written: set[str] = set()
        self._seen: set[int] = set()

    def all_parts(self) -> Iterator[str]:
        yield from self._parts
        yield from (f"{name}={text}" for name, text in sorted(self._values.items()) if name not in self._written)

    def read(self, value: Any) -> None:
        if id(value) in self._seen:
            return
        self._seen.add(id(value))
        if isinstance(value, type):
            self._read_class(value)
        elif isinstance(value, functools.partial):
            self.read(value.func)
            self._parts += [str(_plain(part)) for part in (*value.args, *sorted(value.keywords.items()))]
        elif isinstance(value, types.FunctionType):
            self._read_function(value)
        elif "__wrapped__" in getattr(value, "__dict__", ()):  # as of functools.lru_cache
            self.read(value.__wrapped__)
        elif isinstance(value, types.MethodType):
            self.read(value.__func__)
        elif not isinstance(value, types.BuiltinFunctionType):
            self.read(type(value))

    def _read_class(self, cls: type) -> None:
        for base in cls.__mro__[:-1]:
            self._parts.append(f"{base.__module__}.{base.__qualname__}")
            if _is_known_by_version(base.__module__):
                continue
            for name, member in sorted(vars(base).items()):
                if "__" not in name and (text := _plain(member)) is not None:
                    self._parts.append(f"{name}={text}")
                for function in (member, *(getattr(member, part, None) for part in ("__func__", "fget", "func"))):
                    if isinstance(function, types.FunctionType):
                        self._parts.append(name)
                        self.read(function)

    def _read_function(self, function: types.FunctionType) -> None:
        defaults = [*(function.__defaults__ or ()), *sorted((function.__kwdefaults__ or {}).items())]
        self._parts.append(repr([value for value in defaults if " at 0x" not in repr(value)]))
        self._read_code(function.__code__)
        module = str(function.__globals__.get("__name__"))
        if not _is_known_by_version(module):
            self._read_names(function, module)
        if hasattr(function, "__wrapped__"):
            self.read(function.__wrapped__)

    def _read_code(self, code: types.CodeType) -> None:
        self._parts.append(repr((code.co_code, code.co_names, code.co_varnames, code.co_freevars)))
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._read_code(constant)
            else:
                # A set's order changes from process to process.
                self._parts.append(repr(sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant))

    def _read_names(self, function: types.FunctionType, module: str) -> None:
        loaded: dict[str, None] = {}
        for instruction in (step for code in _codes(function.__code__) for step in dis.get_instructions(code)):
            name = str(instruction.argval)
            # Attributes are not among them: a number of the module may have the name of one.
            if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME") and not name.startswith("__"):
                loaded[name] = None
            elif instruction.opname == "STORE_GLOBAL":
                self._written.add(f"{module}.{name}")
            elif instruction.opname == "STORE_DEREF":
                self._written.add(f"{function.__qualname__}.{name}")
        found = {f"{module}.{name}": function.__globals__[name] for name in loaded if name in function.__globals__}
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            try:
                found[f"{function.__qualname__}.{name}"] = cell.cell_contents
            except ValueError:
                continue  # what is not there yet cannot be read
        for name, value in found.items():
            text = _plain(value)
            if text is not None:
                self._values[name] = text
            elif _is_code(value) and getattr(value, "__module__", None) in (module, "__main__"):
                self._parts.append(f"{name} is {value.__module__}.{getattr(value, '__qualname__', '')}")
                self.read(value)


def _plain(value: Any) -> str | None:
    """Return a text of a number, a text or a tuple or set of such that stays; None of all else."""
    if isinstance(value, tuple | frozenset):
        texts = [_plain(part) for part in value]
        if any(text is None for text in texts):
            return None
        return f"{type(value).__name__}{sorted(map(str, texts)) if isinstance(value, frozenset) else texts}"
    return repr(value) if isinstance(value, int | float | complex | str | bytes | None) else None


def _is_code(value: Any) -> bool:
    return isinstance(value, types.FunctionType | type) or "__wrapped__" in getattr(value, "__dict__", ())


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _is_known_by_version(module: str) -> bool:
    return module.partition(".")[0] in _KNOWN_BY_VERSION
