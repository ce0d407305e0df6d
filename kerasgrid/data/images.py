"""The image sets, MNIST, Fashion-MNIST and CIFAR-10: their class names, and where they are looked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kerasgrid.data import cifar
from kerasgrid.data.checks import expanded
from kerasgrid.data.download import Fetch, download, fetch_cifar10, fetch_fashion_mnist, fetch_mnist
from kerasgrid.data.idx import FILES, find_idx, read_idx_folder
from kerasgrid.data.npz import read_npz
from kerasgrid.data.raw import Raw
from kerasgrid.errors import DataError

VARIABLE = "KERASGRID_DATA"


@dataclass(frozen=True)
class ImageSet:
    """What is known beforehand of an image set.

    Attributes:
        name: As in the space file.
        spellings: Names that its folder or ``.npz`` file may have.
        shape: Of one image: (height, width) or (height, width, channels).
        classes: Class names in the order of their indices.
        find: Returns what its own files hold, given a folder and the spellings; None if they are not all there.
        layout: Its own files, for messages.
        fetch: Fetches it from the Internet.
        more_places: Further places of its own to look in, as a word for messages and a folder.
    """

    name: str
    spellings: tuple[str, ...]
    shape: tuple[int, ...]
    classes: tuple[str, ...]
    find: Callable[[Path, tuple[str, ...]], Raw | None]
    layout: str
    fetch: Fetch
    more_places: tuple[tuple[str, Path], ...] = ()


def _find_idx(base: Path, spellings: tuple[str, ...]) -> Raw | None:
    """Return what four IDX files hold, in a folder of one of these names."""
    named_so = base.resolve().name.lower() in spellings
    for folder in (*(base / spelling for spelling in spellings), *([base] if named_so else [])):
        paths = find_idx(folder)
        if paths:
            return read_idx_folder(paths)
    return None


def _find_cifar(base: Path, spellings: tuple[str, ...]) -> Raw | None:
    """Return what six batches hold, in a folder or an archive."""
    for folder in (base, *(base / spelling for spelling in spellings)):
        for batches in (*(folder / name for name in cifar.FOLDERS), folder):
            if cifar.has_batches(batches):
                return cifar.read_cifar_folder(batches)
        for archive in (folder / name for name in cifar.ARCHIVES):
            if archive.is_file():
                return cifar.read_cifar_archive(archive)
    return None


def _find_npz(base: Path, spellings: tuple[str, ...]) -> Raw | None:
    """Return what a NumPy archive of one of these names holds."""
    for folder in (base, *(base / spelling for spelling in spellings)):
        for spelling in spellings:
            path = folder / f"{spelling}.npz"
            if path.is_file():
                return read_npz(path)
    return None


_FASHION = "T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot"
_CIFAR10 = "airplane,automobile,bird,cat,deer,dog,frog,horse,ship,truck"
_IDX_LAYOUT = f"{', '.join(f'{file}.gz' for file in FILES)} into DIR/{{}}/"

IMAGE_SETS = {
    image_set.name: image_set
    for image_set in (
        ImageSet(
            "mnist",
            ("mnist",),
            (28, 28),
            tuple("0123456789"),
            _find_idx,
            _IDX_LAYOUT.format("mnist"),
            fetch_mnist,
        ),
        ImageSet(
            "fashion_mnist",
            ("fashion_mnist", "fashion-mnist"),
            (28, 28),
            tuple(_FASHION.split(",")),
            _find_idx,
            _IDX_LAYOUT.format("fashion_mnist"),
            fetch_fashion_mnist,
            more_places=(("Debian's", Path("/usr/share/datasets/fashion-mnist")),),
        ),
        ImageSet(
            "cifar10",
            ("cifar10", "cifar-10"),
            (32, 32, 3),
            tuple(_CIFAR10.split(",")),
            _find_cifar,
            "the folder cifar-10-batches-bin or the archive cifar-10-binary.tar.gz into DIR/",
            fetch_cifar10,
        ),
    )
}


def read_images(name: str, data_dir: Path | None) -> Raw:
    """Return an image set from the first place that has it, or download it.

    Places, in this order: ``data_dir``, the environment's ``KERASGRID_DATA``, its own, such as Debian's package of
    Fashion-MNIST, Keras's cache.

    Returns:
        Images (n, height, width) or (n, height, width, channels) and labels (n,), of the dtype that the files have.

    Raises:
        DataError: It is nowhere and cannot be downloaded (the message lists every place), or a file is broken.
    """
    image_set = IMAGE_SETS[name]
    tried = []
    for label, folder in _places(image_set, data_dir):
        found = _read_folder(image_set, folder)
        if found is not None:
            return found
        tried.append(f"{label}{folder}" + ("" if folder.is_dir() else " (no such folder)"))
    try:
        folder = download(image_set.fetch)
    # Keras raises a bare Exception when it cannot fetch a file.
    except Exception as error:
        raise DataError(
            "found in none of the places and could not be downloaded",
            where=f"data set {name}",
            got=f"{'; '.join(tried)}; {error}",
            hint=f"put {image_set.layout}, or the arrays x_train, y_train, x_test and y_test into DIR/{name}.npz, "
            f"and give that folder with --data-dir DIR or {VARIABLE}=DIR",
        ) from error
    found = _read_folder(image_set, folder)
    if found is None:
        raise DataError("was downloaded but is not there", where=f"data set {name}", got=str(folder))
    return found


def _places(image_set: ImageSet, data_dir: Path | None) -> Iterator[tuple[str, Path]]:
    if data_dir is not None:
        yield "", data_dir
    if os.environ.get(VARIABLE):
        yield f"{VARIABLE}=", expanded(os.environ[VARIABLE], VARIABLE)
    for whose, folder in image_set.more_places:
        yield f"{whose} ", folder
    keras_home = expanded(os.environ.get("KERAS_HOME") or "~/.keras", "KERAS_HOME")
    yield "Keras's cache ", keras_home / "datasets"


def _read_folder(image_set: ImageSet, base: Path) -> Raw | None:
    """Return the arrays and what is known of them, or None if ``base`` has no complete copy of the image set."""
    raw = image_set.find(base, image_set.spellings) or _find_npz(base, image_set.spellings)
    return None if raw is None else replace(raw, classes=image_set.classes, sample_shape=image_set.shape)
