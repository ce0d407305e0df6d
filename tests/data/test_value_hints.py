"""What values tell: marks that stand for gaps, dates as numbers, classes that are one, and rows that repeat."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kerasgrid.data.sources import load_dataset

N = 60
RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "size": RNG.normal(size=N).round(3),
        "weight": RNG.normal(50, 9, size=N).round(2),
        "kind": RNG.choice(["yes", "no"], N),
    }
)


def told(folder: Path, frame: pd.DataFrame, **options: object) -> list[str]:
    frame.to_csv(folder / "mine.csv", index=False)
    return list(load_dataset(path=str(folder / "mine.csv"), target="kind", **options).notes[1:])


def test_nothing_is_said_of_a_good_table(tmp_path: Path) -> None:
    assert told(tmp_path, FRAME) == []


@pytest.mark.parametrize(("mark", "column"), [(-999, "weight"), (9999, "size"), (-99, "size"), (999, "weight")])
def test_a_mark_of_gaps_far_from_all_others_is_told(tmp_path: Path, mark: float, column: str) -> None:
    frame = FRAME.copy()
    frame.loc[::9, column] = mark
    assert told(tmp_path, frame) == [
        f"{column}: {mark} stands in 7 rows, far from all other values; if it stands for a gap, --missing {mark}"
    ]
    assert told(tmp_path, frame, missing=[str(mark)]) == []
    assert told(tmp_path, frame, columns={column: "number"}) == []


def test_what_may_be_a_value_is_none(tmp_path: Path) -> None:
    frame = FRAME.assign(percent=RNG.uniform(0, 99, N).round(1), once=RNG.normal(size=N).round(3))
    frame.loc[::9, "percent"] = 99
    frame.loc[3, "once"] = -999
    frame.loc[::9, "size"] = 12345
    assert told(tmp_path, frame) == []


def test_dates_as_numbers_are_told(tmp_path: Path) -> None:
    days = pd.date_range("2023-01-05", periods=N, freq="3D")
    frame = FRAME.assign(day=days.strftime("%Y%m%d"))
    hint = "day: its whole numbers look like dates; --column day=date reads them so"
    assert told(tmp_path, frame) == [hint]
    assert hint not in told(tmp_path, frame, columns={"day": "date"})
    assert told(tmp_path, FRAME.assign(day=RNG.integers(20_200_000, 20_209_999, N))) == []


def test_classes_that_differ_in_capitals_and_blanks_alone_are_told(tmp_path: Path) -> None:
    frame = FRAME.copy()
    frame.loc[::3, "kind"] = frame.loc[::3, "kind"].str.upper()
    assert told(tmp_path, frame) == [
        "classes are told apart by capitals and blanks alone: 'NO' and 'no', 'YES' and 'yes'; if they are one, write "
        "them alike"
    ]
    frame["kind"] = np.where(np.arange(N) % 2, "well done", "well  done")
    assert "'well  done' and 'well done'" in told(tmp_path, frame)[0]


def test_blanks_around_words_are_none_of_theirs(tmp_path: Path) -> None:
    frame = FRAME.copy()
    frame.loc[::3, "kind"] += "  "
    path = tmp_path / "mine.csv"
    frame.to_csv(path, index=False)
    assert load_dataset(path=str(path), target="kind").classes == ("no", "yes")


def test_rows_that_repeat_are_told(tmp_path: Path) -> None:
    twice = pd.concat([FRAME, FRAME.head(10)])
    hint = (
        "10 of 70 rows are there before, equal in every column: equal rows stand on both sides of folds and make "
        "scores look better"
    )
    assert told(tmp_path, twice) == [hint]
    assert told(tmp_path, pd.concat([FRAME, FRAME.head(1)])) == []
    words = pd.DataFrame({"a": ["x", "y"] * 30, "b": ["u", "u", "v"] * 20, "kind": ["p", "q", "q"] * 20})
    assert not any("there before" in note for note in told(tmp_path, words))


def test_a_header_that_repeats_is_no_row(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    text = FRAME.to_csv(index=False)
    path.write_text(text + text.splitlines()[0] + "\n" + "".join(FRAME.head(1).to_csv(index=False, header=False)))
    dataset = load_dataset(path=str(path), target="kind")
    assert len(dataset.x_train) == N + 1
    assert dataset.notes[0] == "1 row that repeats the header left out"
    assert np.allclose(dataset.x_train[:N], FRAME[["size", "weight"]].to_numpy(np.float32))
