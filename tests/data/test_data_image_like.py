"""Images to predict, in the shape of a model's inputs."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.drawn_images import RED, draw, draw_folder

from kerasgrid.data import image_fit
from kerasgrid.data.image_like import read_images_like
from kerasgrid.data.sources import load_dataset
from kerasgrid.errors import DataError


def test_a_folder_of_images_without_classes(tmp_path):
    for name in ("b.png", "a.jpg", "sub/c.gif", ".hidden.png", "notes.txt"):
        if name.endswith("txt"):
            (tmp_path / name).touch()
        else:
            draw(tmp_path / name, (12, 9))
    found = read_images_like(tmp_path, (6, 5, 3))
    assert found.names == ("a.jpg", "b.png", "sub/c.gif")
    assert (found.images.shape, found.images.dtype, dict(found.broken)) == ((3, 6, 5, 3), np.uint8, {})
    assert found.images[1, 0, 0].tolist() == list(RED)


@pytest.mark.parametrize("shape", [(6, 5), (6, 5, 1)])
def test_grey_ones(tmp_path, shape):
    draw(tmp_path / "a.png")
    found = read_images_like(tmp_path, shape)
    assert found.images.shape == (1, *shape)
    assert (found.images == 82).all()


def test_a_single_image_of_any_name(tmp_path):
    draw(tmp_path / "a.png").rename(tmp_path / "picture")
    found = read_images_like(tmp_path / "picture", (6, 5, 3))
    assert (found.images.shape, found.names) == ((1, 6, 5, 3), ("picture",))


@pytest.mark.parametrize("options", [{}, {"size": [4, 9]}, {"color": "grayscale"}])
def test_they_are_as_those_of_the_training(tmp_path, options):
    root = draw_folder(tmp_path / "pets", {"a": 4, "b": 3})
    draw(root / "b" / "x.jpg", (30, 40), (1, 99, 3))
    data = load_dataset(path=str(root), **options)
    found = read_images_like(root, data.input_shape)
    np.testing.assert_array_equal(found.images, data.x_train)
    assert found.names == (*(f"a/00{n}.png" for n in range(4)), *(f"b/00{n}.png" for n in range(3)), "b/x.jpg")


def test_broken_ones_are_left_out_and_named(tmp_path):
    draw_folder(tmp_path, {"a": 3})
    for name in ("000", "002"):
        (tmp_path / "a" / f"{name}.png").write_bytes(b"")
    found = read_images_like(tmp_path, (6, 5, 3))
    assert (len(found.images), found.names) == (1, ("a/001.png",))
    assert found.images[0, 0, 1].tolist() == [255, 255, 255]
    assert found.broken == {
        "a/000.png": "no PNG, JPEG, WebP, TIFF, BMP or GIF",
        "a/002.png": "no PNG, JPEG, WebP, TIFF, BMP or GIF",
    }


def test_what_cannot_be_predicted_says_why(tmp_path, monkeypatch):
    def refused(path: Path, shape: tuple[int, ...], message: str) -> None:
        with pytest.raises(DataError, match=message):
            read_images_like(path, shape)

    (tmp_path / "notes.txt").write_text("no image", encoding="utf-8")
    refused(tmp_path, (4,), r": the model takes no images, got inputs of shape \(4,\)$")
    refused(tmp_path, (4, 4, 2), r": the model takes no images, got inputs of shape \(4, 4, 2\)$")
    refused(tmp_path / "none", (4, 4), "/none: must be an image or a folder of images, got nothing there$")
    refused(
        tmp_path,
        (4, 4),
        r": must hold images, got 1 \.txt file \(images are PNG, JPEG, WebP, TIFF, BMP or GIF files\)$",
    )
    refused(
        tmp_path / "notes.txt",
        (4, 4),
        r"/notes\.txt: must hold an image that can be read, got notes\.txt \(no PNG, JPEG, WebP, TIFF, BMP or GIF\)$",
    )
    draw_folder(tmp_path, {"a": 10})
    monkeypatch.setattr(image_fit, "available_memory", lambda: 1000)
    refused(
        tmp_path, (100, 100), r": images must fit in memory, got 10 images of 100×100, 100\.0 kB, where 800 bytes may"
    )


@settings(max_examples=25)
@given(st.binary(max_size=200))
def test_any_bytes_are_an_image_or_one_message(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "a.bmp"
    path.write_bytes(content)
    try:
        told = str(read_images_like(path, (4, 4)).images.shape)
    except DataError as error:
        told = str(error)
    assert "\n" not in told
