"""Space files: where they are, and how their JSON is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

from kerasgrid.errors import SpaceError, nearest
from kerasgrid.space.given import read_given
from kerasgrid.space.spec import Space, space_from_dict


def bundled_spaces() -> dict[str, Path]:
    """Return the file of every space that comes with kerasgrid, by name, in alphabetical order."""
    package = Path(__file__).resolve().parent.parent
    # A wheel has the folder inside the package, a source checkout beside it.
    folders = (package / "search_spaces", package.parent / "search_spaces")
    folder = next((folder for folder in folders if folder.is_dir()), folders[0])
    return {path.stem: path for path in sorted(folder.glob("*.json"))}


def load_space(source: str | Path, *, own_model: str | None = None) -> Space:
    """Return the space of a file.

    Args:
        source: The name of a bundled space, or the path of a file; a ``Path`` is always a path.
        own_model: Full name of a user's own model, instead of the file's; see :mod:`kerasgrid.models.named`.

    Raises:
        SpaceError: There is no such file or name, or what it holds is no valid space.
    """
    path = _find(source)
    return space_from_dict(read_json(path), where=str(path), own_model=own_model)


def read_json(path: Path) -> Any:
    """Return the document of a JSON file, read strictly.

    Raises:
        SpaceError: The file cannot be read, is not UTF-8 or not JSON, names a key twice in one object, or holds
            ``NaN`` or ``Infinity``, which JSON does not have, or half a character, which no file can.
    """
    where = str(path)

    def refuse_constant(name: str) -> NoReturn:
        raise SpaceError("numbers must be finite", where=where, got=name)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for key, value in pairs:
            if key in seen:
                raise SpaceError(f'the key "{key}" must stand once in an object', where=where, got="it twice")
            seen[key] = value
        return seen

    try:
        # With line ends as text files have them, so that lines are counted as people do.
        text = read_given(path).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise SpaceError("must be UTF-8 text", where=where, got=f"byte {error.start} that is none") from None
    except IsADirectoryError:
        raise SpaceError("must be a file", where=where, got="a folder") from None
    except OSError as error:
        raise SpaceError(f"cannot be read: {error.strerror}", where=where) from None
    try:
        document = json.loads(text, parse_constant=refuse_constant, object_pairs_hook=unique)
        _refuse_surrogates(document, where, "")
        return document
    except json.JSONDecodeError as error:
        rule = f"line {error.lineno}, column {error.colno}: not valid JSON: {error.msg}"
        raise SpaceError(rule, where=where) from None
    except RecursionError:
        raise SpaceError("is nested too deeply", where=where) from None
    except ValueError as error:  # whole numbers of thousands of digits
        raise SpaceError(f"not valid JSON: {error}", where=where) from None


def _refuse_surrogates(value: Any, where: str, place: str) -> None:
    """Refuse halves of surrogate pairs: JSON can spell them, but no text that holds one can be written anywhere."""
    if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
        rule = "text must be Unicode, without half a surrogate pair"
        raise SpaceError(rule, where=": ".join(filter(None, (where, place))), got=json.dumps(value))
    if isinstance(value, dict):
        for key, item in value.items():
            _refuse_surrogates(key, where, place)
            _refuse_surrogates(item, where, f"{place}.{key}" if place else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_surrogates(item, where, f"{place}[{index}]")


def _find(source: str | Path) -> Path:
    bundled = bundled_spaces()
    if isinstance(source, str) and source in bundled:
        return bundled[source]
    path = Path(source)
    try:
        if path.exists():
            return path
    except OSError as error:  # too long a name, or a folder that may not be searched
        raise SpaceError(f"cannot be read: {error.strerror}", where=str(source)) from None
    is_path = isinstance(source, Path) or path.suffix == ".json" or len(path.parts) > 1
    near = path.stem if path.stem in bundled else nearest(path.stem, bundled)
    hint = "" if near is None else f"did you mean the bundled space {near}? "
    hint += "bundled are " + ", ".join(bundled)
    rule = "there is no such file" if is_path else "there is no such file and no such bundled space"
    raise SpaceError(rule, where=str(source), hint=hint)
