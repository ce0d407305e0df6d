"""One file of any mode, depth and turn."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from support.drawn_images import GREY, RED, draw

from kerasgrid.data.image_pixels import BrokenImageError, image_pixels, image_size, only_bombs_warn

SIZE = (6, 5)


def write(path: Path, pixels: np.ndarray, mode: str | None = None, **options) -> str:
    image = Image.fromarray(pixels)
    (image if mode is None else image.convert(mode)).save(path, **options)
    return str(path)


@pytest.mark.parametrize("ending", ["png", "jpg", "bmp", "gif", "tif"])
def test_each_kind_of_file(tmp_path, ending):
    path = str(draw(tmp_path / f"a.{ending}", quality=95) if ending == "jpg" else draw(tmp_path / f"a.{ending}"))
    assert image_size(path) == SIZE
    pixels = image_pixels(path, SIZE, None)
    assert (pixels.shape, pixels.dtype) == ((*SIZE, 3), np.uint8)
    assert np.abs(pixels.astype(int) - RED).max() <= 4


def test_the_content_counts_and_not_the_ending(tmp_path):
    draw(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.jpg")
    assert image_pixels(str(tmp_path / "a.jpg"), SIZE, None)[0, 0].tolist() == list(RED)


def test_equal_channels_are_grey_unless_colour_is_asked_for(tmp_path):
    path = str(draw(tmp_path / "a.png", color=GREY))
    assert image_pixels(path, SIZE, None).tolist() == np.full(SIZE, 90).tolist()
    assert image_pixels(path, SIZE, "rgb").shape == (*SIZE, 3)
    colored = str(draw(tmp_path / "b.png"))
    assert image_pixels(colored, SIZE, "grayscale").tolist() == np.full(SIZE, 82).tolist()


def test_a_palette(tmp_path):
    image = Image.new("P", SIZE[::-1], 1)
    image.putpalette([0, 0, 0, *RED])
    image.save(tmp_path / "a.png")
    assert (image_pixels(str(tmp_path / "a.png"), SIZE, None) == RED).all()


def test_black_and_white(tmp_path):
    path = write(tmp_path / "a.png", np.full(SIZE, 255, np.uint8), "1")
    assert image_pixels(path, SIZE, None).tolist() == np.full(SIZE, 255).tolist()


def test_what_is_transparent_is_white(tmp_path):
    clear = np.zeros((*SIZE, 4), np.uint8)
    assert (image_pixels(write(tmp_path / "a.png", clear), SIZE, None) == 255).all()
    half = np.full((*SIZE, 4), (200, 0, 0, 51), np.uint8)
    assert image_pixels(write(tmp_path / "b.png", half), SIZE, None)[0, 0].tolist() == [244, 204, 204]
    grey = np.full((*SIZE, 2), (0, 51), np.uint8)
    assert image_pixels(write(tmp_path / "c.png", grey), SIZE, None).tolist() == np.full(SIZE, 204).tolist()


def test_a_palette_with_transparency(tmp_path):
    image = Image.new("P", SIZE[::-1], 0)
    image.putpalette([0, 0, 0, 200, 0, 0])
    image.save(tmp_path / "a.png", transparency=0)
    assert (image_pixels(str(tmp_path / "a.png"), SIZE, None) == 255).all()
    image.save(tmp_path / "a.gif", transparency=0)
    assert (image_pixels(str(tmp_path / "a.gif"), SIZE, None) == 255).all()


def test_sixteen_bits_become_eight(tmp_path):
    values = np.array([[0, 257, 65535, 25700, 128]] * 6, np.uint16)
    path = write(tmp_path / "a.png", values)
    assert image_pixels(path, SIZE, None)[0].tolist() == [0, 1, 255, 100, 0]
    assert image_pixels(path, SIZE, "rgb")[0, 3].tolist() == [100, 100, 100]


def test_inks(tmp_path):
    path = str(tmp_path / "a.jpg")
    Image.new("CMYK", SIZE[::-1], (0, 255, 255, 0)).save(path, quality=95)
    red = image_pixels(path, SIZE, None)[0, 0].tolist()
    assert red[0] > 240
    assert max(red[1:]) < 15


@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_it_is_turned_as_the_camera_says(tmp_path, ending):
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = np.zeros((8, 16), np.uint8)
    pixels[:, :8] = 255
    path = write(tmp_path / f"a.{ending}", pixels, exif=exif)
    assert image_size(path) == (16, 8)
    turned = image_pixels(path, (16, 8), None)
    assert (turned[:8].min(), turned[8:].max()) == (255, 0)


def test_the_first_of_moving_pictures(tmp_path):
    frames = [Image.new("L", SIZE[::-1], value) for value in (10, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert (image_pixels(str(tmp_path / "a.gif"), SIZE, None) == 10).all()


def test_all_pixels_count_where_it_becomes_smaller(tmp_path):
    board = np.indices((64, 64)).sum(axis=0) % 2 * 255
    small = image_pixels(write(tmp_path / "a.png", board.astype(np.uint8)), (4, 4), None)
    assert np.abs(small.astype(int) - 127).max() <= 3


def test_it_is_stretched_and_never_beyond_its_values(tmp_path):
    pixels = np.zeros((4, 4), np.uint8)
    pixels[:, 2:] = 200
    large = image_pixels(write(tmp_path / "a.png", pixels), (3, 40), None)
    assert large.shape == (3, 40)
    assert (large[:, 0].max(), large.max(), large[:, -1].min()) == (0, 200, 200)


def test_a_large_jpeg_is_decoded_at_a_part_of_its_size(tmp_path):
    ramp = np.linspace(0, 255, 1024).astype(np.uint8)[None].repeat(512, axis=0)
    path = write(tmp_path / "a.jpg", ramp, quality=95)
    small = image_pixels(path, (16, 32), None)
    exact = np.asarray(Image.fromarray(ramp).resize((32, 16), Image.Resampling.BILINEAR))
    assert np.abs(small.astype(int) - exact).max() <= 4


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "^no PNG, JPEG, WebP, TIFF, BMP or GIF$"),
        (b"hello", "^no PNG, JPEG, WebP, TIFF, BMP or GIF$"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 5 5\n", "^no PNG, JPEG, WebP, TIFF, BMP or GIF$"),
        (None, "^No such file or directory$"),
    ],
)
def test_what_is_no_image_says_so(tmp_path, content, message):
    if content is not None:
        (tmp_path / "a.png").write_bytes(content)
    for read in (lambda path: image_size(path), lambda path: image_pixels(path, SIZE, None)):
        with pytest.raises(BrokenImageError, match=message):
            read(str(tmp_path / "a.png"))


@pytest.mark.parametrize("ending", ["png", "jpg", "bmp"])
def test_a_torn_file_is_broken(tmp_path, ending):
    noise = np.random.default_rng(0).integers(0, 255, (40, 40, 3)).astype(np.uint8)
    path = Path(write(tmp_path / f"a.{ending}", noise))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BrokenImageError, match=r"^[^\n]*(truncated|incomplete)[^\n]*$"):
        image_pixels(str(path), (40, 40), None)


def test_more_pixels_than_pillow_takes(tmp_path, monkeypatch):
    path = str(draw(tmp_path / "a.png", (20, 20)))
    for limit in (300, 100):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        with only_bombs_warn(), pytest.raises(BrokenImageError, match=f"^more than Pillow's limit of {limit} pixels$"):
            image_pixels(path, SIZE, None)


def test_warnings_are_as_before_afterwards():
    before = list(warnings.filters)
    with only_bombs_warn():
        warnings.warn("an odd image", UserWarning, stacklevel=1)
    assert list(warnings.filters) == before


def whole_files() -> list[bytes]:
    import io

    found = []
    for kind in ("PNG", "JPEG", "BMP", "GIF"):
        file = io.BytesIO()
        Image.new("RGB", (9, 7), RED).save(file, kind)
        found.append(file.getvalue())
    return found


WHOLE = whole_files()


@given(
    st.one_of(
        st.binary(max_size=300),
        st.tuples(st.sampled_from(WHOLE), st.binary(max_size=200)).map(lambda pair: pair[0][:8] + pair[1]),
        st.tuples(st.sampled_from(WHOLE), st.integers(0, 60), st.binary(min_size=1, max_size=4)).map(
            lambda three: three[0][: three[1]] + three[2] + three[0][three[1] + len(three[2]) :]
        ),
    )
)
def test_any_bytes_are_an_image_or_broken(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "a.png"
    path.write_bytes(content)
    try:
        with only_bombs_warn():
            assert image_pixels(str(path), SIZE, "rgb").shape == (*SIZE, 3)
            assert min(image_size(str(path))) > 0
    except BrokenImageError as error:
        told = str(error)
        assert told == " ".join(told.split()) != ""


def test_what_a_telephone_writes_is_a_jpeg_of_several_pictures(tmp_path):
    first = Image.new("RGB", SIZE[::-1], RED)
    first.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[Image.new("RGB", SIZE[::-1])], quality=95)
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.format == "MPO"
    assert np.abs(image_pixels(str(tmp_path / "a.jpg"), SIZE, None).astype(int) - RED).max() <= 4
