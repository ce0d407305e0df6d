"""A folder of images as a data set."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from support.drawn_images import GREY, RED, draw, draw_folder, pixels_of

from kerasgrid.data import image_decoding, image_fit
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import make_folds
from kerasgrid.data.source import Request
from kerasgrid.data.sources import SOURCES, load_dataset
from kerasgrid.data.subset import subset
from kerasgrid.errors import DataError


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("KERASGRID_CACHE", str(folder))
    return folder


@pytest.fixture
def undecoded(monkeypatch):
    """Fail where an image is decoded."""

    def refuse(*_):
        raise AssertionError("it was decoded")

    return lambda: monkeypatch.setattr(image_decoding, "image_pixels", refuse)


def load(root: Path, **options) -> Dataset:
    return load_dataset(path=str(root), **options)


def test_images_stay_bytes(tmp_path):
    root = draw_folder(tmp_path / "pets", {"dog": 3, "cat": 4})
    data = load(root)
    assert (data.name, data.source, data.classes) == ("pets", str(root), ("cat", "dog"))
    assert (data.x_train.shape, data.x_train.dtype, data.is_bytes) == ((7, 6, 5, 3), np.uint8, True)
    assert data.x_train.flags.c_contiguous
    assert data.y_train.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert (data.task, data.n_outputs, data.input_shape, data.x_test) == ("classification", 2, (6, 5, 3), None)
    np.testing.assert_array_equal(data.x_train[5], pixels_of(root / "dog" / "001.png"))
    assert data.notes == (
        "all images have 6×5 pixels (height × width)",
        'images are in colour; "color": "grayscale" makes them grey',
        "the model takes bytes, 0 … 255, and makes 0 … 1 of them itself",
    )


def test_grey_images_have_no_channels(tmp_path):
    root = draw_folder(tmp_path / "a", {"a": 2, "b": 2}, color=GREY)
    draw(root / "a" / "palette.gif", color=30)
    data = load(root)
    assert data.x_train.shape == (5, 6, 5)
    assert data.notes[1] == 'images are grey; "color": "rgb" makes them coloured'
    colored = load(root, color="rgb")
    assert colored.x_train.shape == (5, 6, 5, 3)
    assert len(colored.notes) == 2
    assert "colour" not in "".join(colored.notes)
    assert (colored.x_train[..., 0] == data.x_train).all()


def test_one_colour_among_many_grey_ones_is_seen(tmp_path):
    root = draw_folder(tmp_path / "a", {"a": 150, "b": 150}, color=90)
    draw(root / "b" / "last.png")
    data = load(root)
    assert data.x_train.shape == (301, 6, 5, 3)
    assert data.x_train[300, 0, 0].tolist() == list(RED)
    assert load(root, color="grayscale").x_train.shape == (301, 6, 5)


def test_the_training_samples_decide_on_size_and_colour(tmp_path):
    draw_folder(tmp_path / "train", {"a": 2, "b": 2}, color=90)
    for part in ("test", "val"):
        draw(tmp_path / part / "b" / "1.png", (60, 50))
    data = load(tmp_path)
    assert (data.x_train.shape, data.x_test.shape) == ((5, 6, 5), (1, 6, 5))
    assert (data.x_test[0, 0, 0], data.x_train[4, 0, 0]) == (82, 82)


def test_other_sizes_become_the_median(tmp_path):
    for number, size in enumerate([(10, 30), (20, 10), (30, 20), (40, 25)]):
        draw(tmp_path / "ab"[number % 2] / f"{number}.png", size)
    data = load(tmp_path)
    assert data.input_shape == (25, 23, 3)
    assert data.notes[0] == (
        'images of 10×10 to 40×30 pixels (height × width) are stretched to 25×23, the median; "size" says otherwise'
    )
    assert (data.x_train == RED).all()


@pytest.mark.parametrize(("size", "shape"), [([8, 3], (8, 3, 3)), ((8, 3), (8, 3, 3)), (7, (7, 7, 3))])
def test_the_size_can_be_said(tmp_path, size, shape):
    draw_folder(tmp_path, {"a": 2, "b": 2})
    data = load(tmp_path, size=size)
    assert data.input_shape == shape
    assert data.notes[0] == f"images are stretched to {shape[0]}×{shape[1]} pixels (height × width)"


def test_photographs_become_smaller(tmp_path):
    for name in "ab":
        draw(tmp_path / name / "1.jpg", (300, 1000), 90)
    data = load(tmp_path)
    assert data.input_shape == (77, 256)
    assert data.notes[0] == (
        "images of 300×1000 to 300×1000 pixels (height × width) are stretched to 77×256, the median, 300×1000, made "
        'smaller; "size" says otherwise'
    )


def test_parts_and_the_validation_samples_as_the_one_fold(tmp_path):
    draw_folder(tmp_path / "train", {"a": 4, "b": 3})
    draw_folder(tmp_path / "valid", {"a": 1, "b": 2}, color=(1, 2, 3))
    draw_folder(tmp_path / "test", {"a": 2, "b": 1}, color=(4, 5, 6))
    data = load(tmp_path)
    assert data.y_train.tolist() == [0, 0, 0, 0, 1, 1, 1, 0, 1, 1]
    assert data.splits.fold_of.tolist() == [-1] * 7 + [0] * 3
    assert data.y_test.tolist() == [0, 0, 1]
    assert (data.x_train[7, -1, -1].tolist(), data.x_test[0, -1, -1].tolist()) == ([1, 2, 3], [4, 5, 6])
    assert len(data.fingerprint) == len(data.test_fingerprint) == 32


def test_a_folder_of_validation_samples_elsewhere(tmp_path):
    root = draw_folder(tmp_path / "pets", {"a": 4, "b": 3})
    other = draw_folder(tmp_path / "more", {"b": 2}, color=(1, 2, 3))
    data = load(root, validation=str(other))
    assert data.splits.fold_of.tolist() == [-1] * 7 + [0] * 2
    assert data.y_train[7:].tolist() == [1, 1]
    assert data.x_train[7, -1, -1].tolist() == [1, 2, 3]


def spoil(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:60])


def test_a_broken_image_is_named_and_left_out(tmp_path, cache, undecoded):
    draw_folder(tmp_path, {"a": 4, "b": 3})
    spoil(tmp_path / "a" / "001.png")
    data = load(tmp_path)
    assert data.y_train.tolist() == [0, 0, 0, 1, 1, 1]
    np.testing.assert_array_equal(data.x_train[1], pixels_of(tmp_path / "a" / "002.png"))
    assert data.notes[0].startswith("1 broken image of 7 left out: a/001.png (")
    undecoded()
    again = load(tmp_path)
    assert (again.notes, again.fingerprint) == (data.notes, data.fingerprint)


def test_up_to_a_hundredth_may_be_broken(tmp_path):
    draw_folder(tmp_path, {"a": 101, "b": 99})
    for name in ("a/000", "b/050"):
        (tmp_path / f"{name}.png").write_bytes(b"")
    data = load(tmp_path)
    assert np.bincount(data.y_train).tolist() == [100, 98]
    assert data.notes[0] == (
        "2 broken images of 200 left out: a/000.png (no PNG, JPEG, WebP, TIFF, BMP or GIF), "
        "b/050.png (no PNG, JPEG, WebP, TIFF, BMP or GIF)"
    )
    for number in range(10, 15):
        (tmp_path / "b" / f"0{number}.png").write_bytes(b"")
    kind = r" \(no PNG, JPEG, WebP, TIFF, BMP or GIF\)"
    with pytest.raises(
        DataError,
        match=rf"^{tmp_path}: at most 1% of the images may be broken, here 2, got 7 of 200: a/000\.png{kind}, "
        rf"b/010\.png{kind}, b/011\.png{kind}, b/012\.png{kind}, b/013\.png{kind}, … \(mend or remove them\)$",
    ):
        load(tmp_path)


def test_a_bomb_is_a_broken_image(tmp_path, monkeypatch):
    draw_folder(tmp_path, {"a": 2, "b": 2})
    draw(tmp_path / "a" / "bomb.png", (40, 30))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    assert load(tmp_path).notes[0] == (
        "1 broken image of 5 left out: a/bomb.png (more than Pillow's limit of 1,000 pixels)"
    )


def test_a_class_of_broken_images_alone(tmp_path):
    draw_folder(tmp_path, {"a": 2, "b": 1})
    (tmp_path / "b" / "000.png").write_bytes(b"text")
    with pytest.raises(
        DataError, match=r": every class must have an image that can be read, got none of b: b/000\.png \(no PNG"
    ):
        load(tmp_path)


def test_nothing_but_broken_images(tmp_path):
    for name in ("a/1.png", "b/1.png", "b/2.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"text")
    with pytest.raises(DataError, match=r": at most 1% of the images may be broken, here 1, got 3 of 3: a/1\.png \("):
        load(tmp_path)


def test_it_is_decoded_once(tmp_path, cache, undecoded):
    draw_folder(tmp_path, {"a": 4, "b": 3})
    first = load(tmp_path)
    undecoded()
    again = load(tmp_path)
    assert (again.fingerprint, again.notes, again.input_shape) == (first.fingerprint, first.notes, first.input_shape)
    assert len(list(cache.rglob("*.npy"))) == 1


@pytest.mark.parametrize("change", ["file", "more", "size", "color"])
def test_what_changed_is_decoded_anew(tmp_path, change):
    root = draw_folder(tmp_path, {"a": 4, "b": 3})
    before = load(root).fingerprint
    options = {"size": {"size": [3, 3]}, "color": {"color": "grayscale"}}.get(change, {})
    if change == "file":
        draw(root / "a" / "000.png", color=(1, 1, 90))
    elif change == "more":
        draw(root / "a" / "more.png", color=(1, 1, 90))
    assert load(root, **options).fingerprint != before


def test_without_a_cache_it_is_the_same(tmp_path, cache, monkeypatch):
    root = draw_folder(tmp_path, {"a": 4, "b": 3})
    before = load(root).fingerprint
    monkeypatch.setenv("KERASGRID_CACHE", "/proc/none")
    assert load(root).fingerprint == before


@pytest.mark.parametrize("content", [b"", b"junk", "about", "rows"])
def test_a_broken_cache_is_made_anew(tmp_path, cache, content):
    root = draw_folder(tmp_path, {"a": 4, "b": 3})
    before = load(root).fingerprint
    (path,) = cache.rglob("*.npy")
    whole = path.read_bytes()
    if content == "about":
        content = whole[: whole.index(b'{"size')] + b"{}"
    elif content == "rows":
        content = whole.replace(b'"broken": []', b'"broken": [[0, "torn"]]')
    path.write_bytes(content)
    assert load(root).fingerprint == before
    assert path.read_bytes() == whole


@pytest.mark.parametrize("has_broken", [False, True])
def test_of_a_part_only_that_is_decoded(tmp_path, monkeypatch, has_broken):
    draw_folder(tmp_path, {"a": 30, "b": 24})
    whole = load(tmp_path)
    expected = subset(whole, 9, 3)
    if has_broken:
        place = int(np.flatnonzero((whole.x_train == expected.x_train[0]).all(axis=(1, 2, 3)))[0])
        (tmp_path / "a" / f"{place:03}.png").write_bytes(b"")
        expected = subset(load(tmp_path), 9, 3)
    decoded = []
    pixels = image_decoding.image_pixels
    monkeypatch.setattr(image_decoding, "image_pixels", lambda path, *rest: decoded.append(path) or pixels(path, *rest))
    data = load(tmp_path, train_size=9, seed=3, color="rgb")
    assert data.fingerprint == expected.fingerprint
    assert len(decoded) <= 20
    assert load(tmp_path, train_size=9, seed=4).fingerprint != data.fingerprint


def test_too_few_samples_are_said_before_anything_is_decoded(tmp_path, undecoded):
    draw_folder(tmp_path, {"a": 3, "b": 2})
    undecoded()
    with pytest.raises(DataError, match=r"^train_size: must not exceed the 5 training samples of .*, got 6$"):
        load(tmp_path, train_size=6)


def test_more_than_memory_is_said_before_anything_is_decoded(tmp_path, monkeypatch, undecoded):
    draw_folder(tmp_path / "train", {"a": 60, "b": 40}, color=90)
    draw_folder(tmp_path / "test", {"a": 10}, color=90)
    monkeypatch.setattr(image_fit, "available_memory", lambda: 1_000_000)
    undecoded()
    with pytest.raises(
        DataError,
        match=rf"^{tmp_path}: images must fit in memory, got 110 images of 200×100×3, 6\.6 MB, "
        r'where 800\.0 kB may be taken \("size": \[69, 34\] or "train_size": 3 would fit\)$',
    ):
        load(tmp_path, size=[200, 100], color="rgb")
    with pytest.raises(
        DataError, match=r'where 800\.0 kB may be taken \("size": \[120, 60\] or "train_size": 30 would'
    ):
        load(tmp_path, size=[200, 100])
    with pytest.raises(DataError, match=r'got 60 images of 200×100, .* \("size": \[163, 81\] would fit\)$'):
        load(tmp_path, size=[200, 100], train_size=50)


def test_what_was_said_to_fit_fits(tmp_path, monkeypatch):
    draw_folder(tmp_path / "train", {"a": 60, "b": 40}, color=90)
    draw_folder(tmp_path / "test", {"a": 10}, color=90)
    monkeypatch.setattr(image_fit, "available_memory", lambda: 1_000_000)
    assert load(tmp_path, size=[120, 60]).x_train.shape == (100, 120, 60)
    assert load(tmp_path, size=[200, 100], train_size=30).x_train.shape == (30, 200, 100)


def test_colours_that_do_not_fit_are_said_when_they_are_seen(tmp_path, monkeypatch):
    draw_folder(tmp_path, {"a": 6, "b": 4})
    monkeypatch.setattr(image_fit, "available_memory", lambda: 200_000)
    with pytest.raises(DataError, match="got 10 images of 100×100×3, "):
        load(tmp_path, size=[100, 100])


def test_without_knowledge_of_the_memory_all_is_tried(tmp_path, monkeypatch):
    monkeypatch.setattr(image_fit, "available_memory", lambda: None)
    assert load(draw_folder(tmp_path, {"a": 2, "b": 2})).x_train.shape == (4, 6, 5, 3)


def test_it_is_saved_split_and_cut_as_bytes(tmp_path):
    data = load(draw_folder(tmp_path / "pets", {"a": 8, "b": 6}))
    data.save(tmp_path / "saved")
    loaded = Dataset.load(tmp_path / "saved")
    assert (loaded.x_train.dtype, loaded.is_bytes, loaded.fingerprint) == (np.uint8, True, data.fingerprint)
    assert loaded.x_train.mode == "c"
    assert [len(fold.train) + len(fold.held_out) for fold in make_folds(data, cv=2, validation_split=None, seed=0)] == [
        14,
        14,
    ]
    small = subset(data, 4, 0)
    assert (small.x_train.shape, small.x_train.dtype) == ((4, 6, 5, 3), np.uint8)


def test_bytes_of_other_sources_become_numbers_as_before(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.full((4, 2, 2), 255, np.uint8), y=[0, 1, 0, 1])
    data = load(tmp_path / "a.npz")
    assert (data.x_train.dtype, data.x_train.max()) == (np.float32, 1)


def test_what_is_to_be_kept_must_be_images_of_bytes(tmp_path):
    draw_folder(tmp_path, {"a": 2, "b": 2})
    raw = SOURCES["image_folder"].read(Request("a", tmp_path))
    wrong = replace(raw, x_train=raw.x_train.astype(np.float32))
    with pytest.raises(
        DataError, match=r": images: must hold images of bytes, uint8, .*, got float32, shape \(4, 6, 5, 3\)$"
    ):
        wrong.to_dataset(name="a")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": [0, 5]}, r"^size: must be \[height, width\] in pixels, from 1 to 10,000 each, got \[0, 5\]$"),
        ({"size": [5, 5, 3]}, r"each, got \[5, 5, 3\]$"),
        ({"size": 20000}, "each, got 20000$"),
        ({"size": [5.0, 5]}, r"each, got \[5\.0, 5\]$"),
        ({"color": "grey"}, "^color: must be rgb or grayscale, got 'grey'$"),
        ({"target": "y"}, r"^target: is for \.csv, .* files only, got 'y' with .* \(each folder in it is a class\)$"),
        ({"scale": False}, r"^scale: is for \.npz files only, got False .* \(the model divides bytes by 255 itself\)$"),
        ({"task": "regression"}, r"^task: image_folder has classes, got 'regression' \(leave task out\)$"),
        ({"validation": "/none"}, "^/none: must be a folder of images, got nothing there$"),
        ({"validation": __file__}, "must be a folder of images, got a file$"),
    ],
)
def test_wrong_options_say_why(tmp_path, options, message):
    draw_folder(tmp_path, {"a": 2, "b": 2})
    with pytest.raises(DataError, match=message):
        load(tmp_path, **options)


def test_validation_samples_are_given_once(tmp_path):
    draw_folder(tmp_path, {"train/a": 2, "train/b": 2, "val/a": 1})
    with pytest.raises(
        DataError,
        match=r"^validation: must be given once, got .*/val and a folder of validation samples "
        r"\(leave one of them out\)$",
    ):
        load(tmp_path, validation=str(tmp_path / "val"))


def test_a_size_of_images_is_none_of_a_formula():
    with pytest.raises(DataError, match=r"^size: must be a number of samples, got \[8, 8\]$"):
        load_dataset(name="sine", size=[8, 8])


def test_a_folder_that_may_not_be_read_says_so(tmp_path, monkeypatch):
    draw_folder(tmp_path, {"a": 2, "b": 2})

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(DataError, match=r"cannot be read, got Permission denied$"):
        load(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_no_text(tmp_path):
    draw_folder(tmp_path, {"a": 2, os.fsdecode(b"caf\xe9"): 2, "nan": 2})
    (tmp_path / "a" / os.fsdecode(b"b\xff.png")).write_bytes(b"")
    data = load(tmp_path)
    assert data.classes == ("a", "caf\ufffd", "nan")
    assert data.notes[0].startswith("1 broken image of 7 left out: a/b\ufffd.png (no PNG")
    assert all(note.encode() for note in data.notes)


def test_pillow_waits_until_it_is_needed(tmp_path):
    draw_folder(tmp_path, {"a": 2, "b": 2})
    code = (
        "import sys; from kerasgrid.data.sources import *; import kerasgrid.data.image_folder;"
        "print('PIL' in sys.modules); load_dataset(path=sys.argv[1]);"
        "print([m for m in ('matplotlib', 'keras', 'tensorflow', 'pandas') if m in sys.modules])"
    )
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", code, str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    assert run.stdout.splitlines() == ["False", "[]"]


@settings(max_examples=25)
@given(st.lists(st.one_of(st.none(), st.binary(max_size=80)), min_size=2, max_size=8), st.data())
def test_any_files_make_a_data_set_or_one_message(tmp_path_factory, contents, data):
    root = tmp_path_factory.mktemp("any")
    for number, content in enumerate(contents):
        path = draw(root / data.draw(st.sampled_from(["a", "b", "train/a", "test/b"])) / f"{number}.png", color=number)
        if content is not None:
            whole = path.read_bytes()
            place = data.draw(st.integers(0, len(whole)))
            path.write_bytes(whole[:place] + content)
    try:
        told = str(load(root, size=[4, 4]).x_train.dtype)
    except DataError as error:
        told = str(error)
    assert "\n" not in told


def test_the_name_of_a_broken_image_stays_within_its_line(tmp_path):
    root = draw_folder(tmp_path, {"a": 2, "b": 2})
    (root / "a" / "\x1b[2J\n.png").touch()
    notes = load_dataset(path=root).notes
    assert notes[0] == r"1 broken image of 5 left out: a/\x1b[2J\n.png (no PNG, JPEG, WebP, TIFF, BMP or GIF)"
