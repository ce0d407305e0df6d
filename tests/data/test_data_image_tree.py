"""Which files a folder of images has, of which class and which part."""

import os
import re
from pathlib import Path

import pytest
from support.drawn_images import draw_folder

from kerasgrid.data.image_tree import image_tree, images_below
from kerasgrid.errors import DataError


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def names(paths: tuple[str, ...], root: Path) -> list[str]:
    return [os.path.relpath(path, root).replace(os.sep, "/") for path in paths]


def test_one_folder_a_class_in_the_order_of_their_names(tmp_path):
    touch(tmp_path, "dog/2.png", "dog/10.JPG", "Cat/a.jpeg", "cow/x.GIF", "cow/y.bmp", "cow/z.jfif")
    tree = image_tree(tmp_path)
    assert tree.classes == ("Cat", "cow", "dog")
    assert names(tree.train.paths, tmp_path) == [
        "Cat/a.jpeg", "cow/x.GIF", "cow/y.bmp", "cow/z.jfif", "dog/10.JPG", "dog/2.png",
    ]  # fmt: skip
    assert tree.train.labels == (0, 1, 1, 1, 2, 2)
    assert (tree.validation.paths, tree.test.paths, tree.notes) == ((), (), ())


def test_folders_below_a_class_are_read_and_other_files_are_not(tmp_path):
    touch(tmp_path, "a/1.png", "a/deep/er/2.png", "a/.hidden.png", "a/.cache/3.png", "a/notes.txt", "a/Thumbs.db")
    touch(tmp_path, "b/1.png", "__MACOSX/b/1.png", ".git/1.png", "README.md")
    tree = image_tree(tmp_path)
    assert tree.classes == ("a", "b")
    assert names(tree.train.paths, tmp_path) == ["a/1.png", "a/deep/er/2.png", "b/1.png"]


def test_a_folder_that_looks_like_an_image_is_a_folder(tmp_path):
    touch(tmp_path, "a/x.png/1.png", "b/1.png")
    assert names(image_tree(tmp_path).train.paths, tmp_path) == ["a/x.png/1.png", "b/1.png"]


def test_links_are_followed_but_in_no_circle(tmp_path):
    touch(tmp_path / "real", "a/1.png", "b/1.png")
    (tmp_path / "linked").mkdir()
    for name in "ab":
        (tmp_path / "linked" / name).symlink_to(tmp_path / "real" / name)
    (tmp_path / "real" / "a" / "up").symlink_to(tmp_path / "real" / "a")
    (tmp_path / "real" / "a" / "gone.png").symlink_to(tmp_path / "nowhere")
    assert names(image_tree(tmp_path / "linked").train.paths, tmp_path) == ["linked/a/1.png", "linked/b/1.png"]


def test_folders_that_link_to_each_other_are_read_once_each(tmp_path):
    touch(tmp_path, "b/1.png", *(f"a/{one}/1.png" for one in range(12)))
    # A path for each order in which they can be gone through: hundreds of millions.
    for one in range(12):
        for other in set(range(12)) - {one}:
            (tmp_path / "a" / f"{one}" / f"to {other}").symlink_to(f"../{other}")
    found = image_tree(tmp_path).train.paths
    assert len(found) == 13
    assert {Path(path).resolve() for path in found} == {path.resolve() for path in tmp_path.rglob("1.png")}


def test_folders_nested_deeper_than_calls_may_be(tmp_path):
    touch(tmp_path, "a/1.png", "b/1.png")
    deepest = tmp_path / "a" / "/".join(["d"] * 1200)
    for m in range(1, 1201):
        os.mkdir(tmp_path / "a" / "/".join(["d"] * m))
    touch(deepest, "2.png")
    assert [Path(path).name for path in image_tree(tmp_path).train.paths] == ["1.png", "2.png", "1.png"]
    os.unlink(deepest / "2.png")
    os.unlink(tmp_path / "a" / "1.png")
    with pytest.raises(DataError, match=r"in a 1,200 folders"):
        image_tree(tmp_path)
    # What tidies up after tests calls itself for each.
    for m in range(1200, 0, -1):
        os.rmdir(tmp_path / "a" / "/".join(["d"] * m))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_no_file_and_nobody_waits_for_it(tmp_path):
    touch(tmp_path, "a/1.png")
    os.mkfifo(tmp_path / "a" / "2.png")
    assert len(list(images_below(tmp_path))) == 1


@pytest.mark.parametrize(
    ("train", "validation", "test"), [("train", "validation", "test"), ("Training", "VAL", "testing"),
                                      ("train", "valid", "test"), ("train", "dev", "test")],
)  # fmt: skip
def test_parts_above_the_classes(tmp_path, train, validation, test):
    touch(tmp_path, *(f"{part}/{name}/1.png" for part in (train, validation, test) for name in ("a", "b")))
    touch(tmp_path, "labels/names.txt")
    tree = image_tree(tmp_path)
    assert tree.classes == ("a", "b")
    assert names(tree.train.paths, tmp_path) == [f"{train}/a/1.png", f"{train}/b/1.png"]
    assert names(tree.validation.paths, tmp_path) == [f"{validation}/a/1.png", f"{validation}/b/1.png"]
    assert names(tree.test.paths, tmp_path) == [f"{test}/a/1.png", f"{test}/b/1.png"]
    assert tree.notes == ()


def test_other_parts_need_not_have_every_class(tmp_path):
    touch(tmp_path, "train/a/1.png", "train/b/1.png", "test/b/1.png", "test/a/readme.txt")
    assert image_tree(tmp_path).test.labels == (1,)


def test_a_class_may_be_called_train(tmp_path):
    touch(tmp_path, "car/1.png", "train/1.png")
    assert image_tree(tmp_path).classes == ("car", "train")


def test_a_test_part_without_classes_is_left_out_aloud(tmp_path):
    touch(tmp_path, "train/a/1.png", "train/b/1.png", "test/1.png", "val/README")
    tree = image_tree(tmp_path)
    assert tree.test.paths == ()
    assert tree.notes == (
        "val has no folders of images and is left out",
        "test has no folders of images and is left out",
    )


def test_images_beside_the_classes_are_left_out_aloud(tmp_path):
    touch(tmp_path, "a/1.png", "b/1.png", "1.png", "2.png", "3.txt")
    assert image_tree(tmp_path).notes == ("2 images beside the folders of the classes left out",)


IMAGES = r"\(images are PNG, JPEG, WebP, TIFF, BMP or GIF files\)$"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], rf": must hold a folder of images for each class, got nothing {IMAGES}"),
        (["1.png", "2.png"], rf": must hold a folder of images for each class, got 2 \.png files {IMAGES}"),
        (
            ["a/1.txt", "b/1.txt", "x.csv", "Makefile"],
            rf": must hold a folder of images for each class, got 2 folders, 2 \.txt files, "
            rf"1 file without ending, 1 \.csv file {IMAGES}",
        ),
        (
            ["a/1.png", "b/1.txt", "b/2.txt", "b/x/3.psd"],
            r": every folder of a class must hold images, got in b 1 folder, 2 \.txt files, 1 \.psd file "
            r"\(images are PNG, JPEG, WebP, TIFF, BMP or GIF files; a folder that is no class belongs elsewhere\)$",
        ),
        (["a/1.png"], ": must hold folders of images for at least two classes, got only a$"),
        (
            ["all/a/1.png", "all/b/1.png"],
            r": must hold folders of images for at least two classes, got only all \(give .*/all, whose folders "
            r"are the classes\)$",
        ),
        (["train/1.png", "test/1.png"], rf": must hold a folder of images for each class, got 1 \.png file {IMAGES}"),
        (["train/a/1.png", "test/a/1.png"], ": must hold folders of images for at least two classes, got only a$"),
        (["val/a/1.png", "test/a/1.png"], ": must hold a folder train beside those of other samples, got val, test$"),
        (
            ["train/a/1.png", "val/a/1.png", "valid/a/1.png"],
            ": must hold one folder of validation samples, got val, valid$",
        ),
        (
            ["train/a/1.png", "train/b/1.png", "more/1.png"],
            ": folders of images must be of the training, validation and test samples, or of the classes, "
            r"got train with folders of its own, and more \(give .*/train, or move the others elsewhere\)$",
        ),
        (
            ["train/a/1.png", "train/b/1.png", "test/c/1.png"],
            "/test: every folder of images must bear the name of a class of the training samples, got c "
            r"\(classes: a, b\)$",
        ),
    ],
)  # fmt: skip
def test_what_is_no_such_folder_says_why(tmp_path, files, message):
    touch(tmp_path, *files)
    with pytest.raises(DataError, match=message):
        image_tree(tmp_path)


@pytest.mark.parametrize(
    ("files", "hint"),
    [
        ([f"{kind}.{i}.jpg" for kind in ("cat", "dog") for i in range(3)],
         "names begin with cat (3), dog (3): move each kind into a folder of its name"),
        ([f"train/{kind}_{i}.jpg" for kind in ("a", "b", "c", "d", "e") for i in range(3)],
         "names begin with a (3), b (3), c (3), d (3), …: move each kind into a folder of its name"),
        (["img/1.png", "img/2.png", "labels.csv"],
         "if labels.csv says the class of each, move the images of each into a folder of its name"),
        (["all/in/here/a/1.png", "all/in/here/b/1.png", "all/notes.txt"], "/here, whose folders are the classes"),
        ([f"IMG_{i}.jpg" for i in range(6)], "images are PNG, JPEG, WebP, TIFF, BMP or GIF files"),
        ([f"x{i}y.jpg" if i % 2 else f"{i}.jpg" for i in range(6)], "images are PNG, "),
    ],
    ids=["names", "many", "table", "deep", "no kinds", "half"],
)  # fmt: skip
def test_how_they_may_be_put_is_said(tmp_path, files, hint):
    touch(tmp_path, *files)
    with pytest.raises(DataError) as error:
        image_tree(tmp_path)
    assert hint in str(error.value)


def test_other_files_among_those_of_classes_are_left_out_aloud(tmp_path):
    touch(tmp_path, "a/1.png", "b/1.png", "a/notes.txt", "b/2.psd", "b/in/3.psd", "b/Thumbs.db", "a/.hidden")
    assert image_tree(tmp_path).notes == ("left out are 2 .psd files, 1 .txt file",)


def test_many_empty_folders_are_not_all_listed(tmp_path):
    draw_folder(tmp_path, {"full": 1})
    for number in range(9):
        (tmp_path / f"empty{number}").mkdir()
    with pytest.raises(DataError, match=r"got in empty0 nothing; in empty1 nothing; .*in empty4 nothing \(") as caught:
        image_tree(tmp_path)
    assert len(re.findall("nothing", str(caught.value))) == 5
