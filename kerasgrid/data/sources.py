"""Sources: the data sets known by name, and files by path.

Importing this module is cheap, so that the names can be listed at once; what reads data is imported when needed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from kerasgrid.data.formulas import FORMULAS, TRAIN_PER_TEST, TRAIN_SIZE
from kerasgrid.data.image_tree import ENDINGS as IMAGE_ENDINGS
from kerasgrid.data.source import OPTIONS, Request, Source
from kerasgrid.data.unread import instead_of
from kerasgrid.errors import DataError, nearest
from kerasgrid.registry import Registry

if TYPE_CHECKING:
    from kerasgrid.data.dataset import Dataset, Task
    from kerasgrid.data.raw import Raw


def _digits(_: Request) -> Raw:
    from kerasgrid.data.digits import read_digits

    return read_digits()


def _images(request: Request) -> Raw:
    from kerasgrid.data.images import read_images

    return read_images(request.name, request.data_dir)


def _image_folder(request: Request) -> Raw:
    from kerasgrid.data.image_folder import read_image_folder

    return read_image_folder(request)


def _formula(request: Request) -> Raw:
    from kerasgrid.data.formulas import read_formula

    if isinstance(request.size, tuple):
        raise DataError("must be a number of samples", where="size", got=repr(list(request.size)))
    return read_formula(request.name, size=request.size, noise=request.noise, seed=request.seed)


def _npz(request: Request) -> Raw:
    from kerasgrid.data.array_notes import with_notes
    from kerasgrid.data.npz import read_npz

    return with_notes(replace(read_npz(request.path), scale=request.scale), is_asked=request.task is not None)


def _table(request: Request) -> Raw:
    from kerasgrid.data.table_source import read_table

    return read_table(request)


_ENDING = re.compile(r"[^.]\.[A-Za-z][A-Za-z0-9]{0,9}$")
_TEXT_TABLES = (".csv", ".tsv", ".tab", ".txt", ".dat")
_OF_TABLES = ("target", "columns", "drop", "group", "time", "fold", "weight", "missing", "validation")

SOURCES: Registry[Source] = Registry(
    "data source",
    (
        Source("digits", "8×8 grey digits, 1,437 to train and 360 to test; comes with scikit-learn", _digits,
               task="classification"),
        Source("mnist", "28×28 grey digits, 60,000 to train and 10,000 to test", _images, task="classification"),
        Source("fashion_mnist", "28×28 grey pictures of 10 kinds of clothing, 60,000 to train and 10,000 to test",
               _images, task="classification"),
        Source("cifar10", "32×32 colour pictures of 10 kinds of things, 50,000 to train and 10,000 to test", _images,
               task="classification"),
        *(
            Source(formula.name, f"{formula.text} + noise, {formula.meaning}: {TRAIN_SIZE:,} points to train, "
                   f"{TRAIN_SIZE // TRAIN_PER_TEST:,} to test, or as size says", _formula, options=("size", "noise"),
                   task="regression")
            for formula in FORMULAS.values()
        ),
        Source("npz", '{"path": "mine.npz"}', _npz, suffixes=(".npz",), options=("scale",),
               hints={"target": "a .npz file holds its labels as y_train or y"}),
        Source("csv", '{"path": "mine.csv", "target": "label"}', _table, suffixes=_TEXT_TABLES, may_be_packed=True,
               options=(*_OF_TABLES, "encoding")),
        Source("parquet", '{"path": "mine.parquet", "target": "label"}', _table, suffixes=(".parquet",),
               options=_OF_TABLES),
        Source("excel", '{"path": "mine.xlsx", "target": "label"}', _table, _OF_TABLES, suffixes=(".xlsx", ".xlsm")),
        Source("json", '{"path": "mine.json", "target": "label"}', _table, suffixes=(".json", ".jsonl", ".ndjson"),
               options=_OF_TABLES),
        Source("image_folder", '{"path": "folder of images", "size": [64, 64]}', _image_folder,
               options=("validation", "size", "color"), task="classification", reads_folders=True, holds=IMAGE_ENDINGS,
               hints={"target": "each folder in it is a class", "scale": "the model divides bytes by 255 itself"}),
    ),
)  # fmt: skip
"""Every data set known by name, and every kind of files."""


def named_sources() -> dict[str, Source]:
    """Return the data sets known by name, in the order of the table."""
    return {name: source for name, source in SOURCES.items() if not source.has_path}


def path_sources() -> list[Source]:
    """Return the kinds of files and folders, in the order of the table."""
    return [source for source in SOURCES.values() if source.has_path]


def suffixes(option: str | None = None) -> tuple[str, ...]:
    """Return the endings of all files that can be read, or of those that take an option."""
    return tuple(suffix for source in SOURCES.values() if option is None or source.takes(option)
                 for suffix in source.suffixes)  # fmt: skip


def is_path(text: str) -> bool:
    """Whether ``text`` is a path, by an ending, a folder above it or because it is there, rather than a name."""
    if text in named_sources():
        return False
    path = Path(text)
    is_below, has_ending = len(path.parts) > 1 or text.endswith(("/", os.sep)), _ENDING.search(text) is not None
    return is_below or has_ending or source_at(path) is not None or path.is_file()


def source_at(path: Path) -> Source | None:
    """Return the source that recognises a path, by the longest ending, or None; a file need not be there.

    A folder that none recognises is left to the first that reads folders, which knows best what is amiss.
    """
    rows = SOURCES.values()
    found = max(
        (source for source in rows if source.recognises(path)), key=lambda row: len(row.ending_of(path)), default=None
    )
    if found is None and path.is_dir():
        return next((source for source in rows if source.reads_folders), None)
    return found


def goes_with(option: str) -> tuple[str, ...]:
    """Return what may stand beside an option in a space file: ``path`` if a kind of files takes it, and names."""
    takers = [source for source in SOURCES.values() if source.takes(option)]
    paths = ("path",) if any(source.has_path for source in takers) else ()
    return (*paths, *(source.name for source in takers if not source.has_path))


def load_dataset(
    *,
    name: str | None = None,
    path: str | None = None,
    task: str | None = None,
    test_split: float | None = None,
    train_size: int | None = None,
    seed: int = 0,
    data_dir: Path | None = None,
    **options: Any,
) -> Dataset:
    """Return a checked data set, by ``name`` or by ``path``; give exactly one of them.

    Args:
        name: A data set that ``kerasgrid list`` names.
        path: A file, or a folder of images.
        task: ``classification``, ``regression`` or ``multilabel``; None guesses by the labels.
        test_split: The share of the training samples that becomes the test set, where there is none; None for none.
        train_size: Number of training samples to keep, drawn at random; None keeps all. The test set stays whole.
        seed: Of these draws, and of the samples of a formula.
        data_dir: The folder to look for named data sets first.
        options: What the source takes beside, as in the ``dataset`` of a space file: ``target``, ``columns``, ``drop``,
            ``group``, ``time``, ``fold``, ``weight``, ``missing``, ``encoding``, ``validation``, ``scale``, ``size``,
            ``color``, ``noise``.

    Raises:
        DataError: There is no such data, it is broken, or it cannot be trained on.
        TypeError: There is no such option.
    """
    if unknown := [option for option in options if option not in OPTIONS]:
        raise TypeError(f"load_dataset has no option {unknown[0]!r}")
    chosen = _task(task)
    if (name is None) == (path is None):
        raise DataError("give exactly one of name and path", where="dataset", got="neither" if name is None else "both")
    if data_dir is not None and not data_dir.is_dir():
        raise DataError("must be a folder", where="data folder", got=str(data_dir), hint="see --data-dir")
    given = {"task": chosen, **options}
    try:
        source, request = _named(name, given) if name is not None else _at_path(str(path), given)
        request = replace(request, **_as_requested(options), task=chosen, seed=seed, data_dir=data_dir)
        if test_split is None:
            # Otherwise the samples are drawn from what is left beside the test set.
            request = replace(request, train_size=train_size)
        dataset = source.read(request).to_dataset(name=request.name, task=chosen or source.task)
    except OSError as error:
        where = None if error.filename is None else str(error.filename)
        raise DataError("cannot be read", where=where, got=error.strerror or str(error)) from error
    if test_split is not None:
        from kerasgrid.data.subset import with_test_set

        dataset = with_test_set(dataset, test_split, seed)
    if train_size is None:
        return dataset
    from kerasgrid.data.subset import subset

    return subset(dataset, train_size, seed)


def _as_requested(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as a request has them: several names as tuples, files as paths, and only those that are given."""
    given = {name: value for name, value in options.items() if value is not None}
    for name in ("target", "drop", "missing"):
        if name in given:
            given[name] = (given[name],) if isinstance(given[name], str) else tuple(given[name])
    if "validation" in given:
        from kerasgrid.data.checks import expanded

        given["validation"] = expanded(str(given["validation"]), "validation")
    if isinstance(given.get("size"), list | tuple):
        given["size"] = tuple(given["size"])
    return given


def _task(task: str | None) -> Task | None:
    from kerasgrid.data.dataset import Task

    known = get_args(Task)
    if task is None or task in known:
        return cast("Task | None", task)
    alike = nearest(task, known)
    raise DataError(
        f"must be {' or '.join(known)}",
        where="task",
        got=repr(task),
        hint=None if alike is None else f"did you mean {alike!r}?",
    )


def _named(name: str, options: Mapping[str, object]) -> tuple[Source, Request]:
    """Return the data set of this name and what to ask it for, once its options are seen to suit."""
    known = named_sources()
    if name not in known:
        listed = f"known: {', '.join(known)}"
        alike = nearest(name, known)
        if is_path(name):
            hint = f'for a file write {{"path": "{name}"}}; {listed}'
        else:
            hint = listed if alike is None else f"did you mean {alike!r}? {listed}"
        raise DataError("no data set has this name", where="dataset", got=repr(name), hint=hint)
    _check_options(known[name], options, f"data set {name}")
    return known[name], Request(name)


def _at_path(text: str, options: Mapping[str, object]) -> tuple[Source, Request]:
    """Return the source of a file or folder and what to ask it for, once its options are seen to suit."""
    from kerasgrid.data.checks import expanded

    path = expanded(text, "dataset")
    source = source_at(path)
    if source is None:
        rule = f"must be a {_kinds(path_sources(), 'or', 'file', 'a folder')}"
        suffix = path.suffix.lower()
        got = repr(suffix) if suffix else "no extension" if path.exists() else "nothing there"
        raise DataError(rule, where=str(path), got=got, hint=instead_of(suffix))
    _check_options(source, options, str(path))
    is_folder = path.is_dir()
    if not path.is_file() and not (is_folder and source.reads_folders):
        got = "a folder" if is_folder else "nothing there"
        raise DataError("must be a file", where=str(path), got=got, hint=f"looked at {path.absolute()}")
    return source, Request(source.stem(path), path)


def _check_options(source: Source, options: Mapping[str, object], what: str) -> None:
    """Raise DataError for an option that the source does not take, before it reads anything."""
    for option in OPTIONS:
        value = options.get(option)
        if value is None or value in ((), [], {}) or source.takes(option):
            continue
        if option == "task":
            if value == source.task:
                continue
            rule = "has classes" if source.task == "classification" else "has numbers to predict"
            raise DataError(f"{source.name} {rule}", where=option, got=repr(value), hint="leave task out")
        takers = [taker for taker in SOURCES.values() if taker.takes(option)]
        hint = source.hints.get(option)
        if all(taker.has_path for taker in takers):
            rule = f"is for {_kinds(takers, 'and', 'files', 'folders')} only"
            raise DataError(rule, where=option, got=f"{value!r} with {what}", hint=hint)
        words = goes_with(option)
        if source.has_path and words[0] == "path":
            # "path" would be no answer to who has given one.
            words = (_kinds([taker for taker in takers if taker.has_path], "and", "files", "folders"), *words[1:])
        raise DataError(f"goes with {', '.join(words)} only", where=option, got=repr(value), hint=hint)


def _kinds(sources: Sequence[Source], last: str, file: str, folder: str) -> str:
    """Return what these sources read in words, such as ``.npz or .csv file or a folder``."""
    endings = [suffix for source in sources for suffix in source.suffixes]
    *first, final = endings or [""]
    kinds = [f"{', '.join(first)} {last} {final} {file}" if first else f"{final} {file}"] if endings else []
    kinds += [folder] if any(source.reads_folders for source in sources) else []
    return f" {last} ".join(kinds)
