import codecs
import gzip
from functools import cache

import numpy as np
import pytest

from kerasgrid.data.sources import load_dataset
from kerasgrid.data.text_file import text_file
from kerasgrid.errors import DataError

TEXT = "größe,y\n1,2\n"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("utf-32", "utf-32"), ("cp1252", "cp1252")],
)
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_the_encoding_is_found(tmp_path, encoding, found, name):
    path = tmp_path / name
    content = TEXT.encode(encoding)
    path.write_bytes(gzip.compress(content, mtime=0) if name.endswith("gz") else content)
    file = text_file(path)
    assert (file.encoding, file.sample(), file.is_packed) == (found, TEXT, name.endswith("gz"))
    assert b"".join(file.chunks()) == content
    said = 'read as cp1252, for it is no UTF-8; "encoding" says another'
    assert file.note == (said if found == "cp1252" else "")


@pytest.mark.parametrize(
    ("encoding", "mark"), [("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE), ("utf-16-be", b"")]
)
def test_sixteen_bits_with_and_without_a_mark(tmp_path, encoding, mark):
    (tmp_path / "a.csv").write_bytes(mark + TEXT.encode(encoding))
    file = text_file(tmp_path / "a.csv")
    assert file.sample() == TEXT
    assert not file.is_bytewise


def test_an_encoding_that_is_given(tmp_path):
    (tmp_path / "a.csv").write_bytes("한글,y\n".encode("cp949"))
    assert text_file(tmp_path / "a.csv", "CP949").sample() == "한글,y\n"
    with pytest.raises(
        DataError, match=r"^encoding: must be an encoding that Python knows, got 'utf-9' \(such as utf-8"
    ):
        text_file(tmp_path / "a.csv", "utf-9")
    with pytest.raises(DataError, match=r"a\.csv: must be text in utf-8, got .*can't decode byte .* \(say which enc"):
        text_file(tmp_path / "a.csv", "utf-8").sample()


@cache
def damaged(encoding: str) -> dict[str, bytes]:
    rows = "".join(f"{a},{b},{a % 2}\n" for a, b in np.random.default_rng(0).integers(10**9, size=(20000, 2)).tolist())
    packed = gzip.compress(f"a,b,y\n{rows}".encode(encoding), 1, mtime=0)
    middle = len(packed) // 2
    return {
        "cut": packed[: len(packed) * 2 // 3],
        "overwritten": packed[:middle] + bytes(200) + packed[middle + 200 :],
        "overwritten early": packed[:2000] + bytes(100) + packed[2100:],
        "other sum": packed[:-8] + b"\1\2\3\4" + packed[-4:],
        "other length": packed[:-4] + b"\1\1\1\1",
        "more behind": packed + b"junk",
    }


@pytest.mark.parametrize("damage", damaged("utf-8"))
@pytest.mark.parametrize(
    ("written", "said"),
    [("utf-8", None), ("utf-8", "utf-8"), ("utf-8", "utf-16"), ("utf-8", "cp1252"), ("utf-8-sig", None),
     ("utf-8-sig", "utf-8"), ("utf-16", None), ("utf-16-le", None), ("utf-16", "utf-8")],
)  # fmt: skip
def test_a_damaged_archive_is_blamed_and_no_row_of_it(tmp_path, written, said, damage):
    (tmp_path / "a.csv.gz").write_bytes(damaged(written)[damage])
    with pytest.raises(DataError, match=r"^[^\n]*a\.csv\.gz: must be packed by gzip, and whole, got "):
        load_dataset(path=str(tmp_path / "a.csv.gz"), target="y", encoding=said)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_whole_archive_is_read(tmp_path, encoding):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(TEXT.encode(encoding)))
    assert text_file(tmp_path / "a.csv.gz").sample() == TEXT
    assert text_file(tmp_path / "a.csv.gz", encoding).sample() == TEXT


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"a,b\x00\n1,2\n", r"a\.csv: must be a text file, got bytes that are no text"),
        (
            "a.csv",
            bytes(range(1, 256)),
            r'a\.csv: must be text in utf-8, cp1252 or what "encoding" says, got \'charmap',
        ),
        ("a.csv.gz", b"a,b\n", r"a\.csv\.gz: must be packed by gzip, and whole, got Not a gzipped file"),
        (
            "a.csv.gz",
            gzip.compress(b"a,b\n" * 99, mtime=0)[:20],
            r"a\.csv\.gz: must be packed by gzip, and whole, got ",
        ),
    ],
)
def test_what_is_no_text_says_so(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        text_file(tmp_path / name).sample()
