import shlex

import numpy as np
import pytest
from support.tables import drawn, loaded, measured, turns, written

from kerasgrid.data.dropped import parts_of_list
from kerasgrid.data.sources import load_dataset


def hints(tmp_path, columns, **options):
    """Return the notes but the first, which says what is predicted."""
    return list(loaded(tmp_path, {"x": measured(), **columns}, **options).notes[1:])


Y = drawn(["ja", "nein"])


@pytest.mark.parametrize(
    ("leak", "rule"),
    [
        ([{"ja": "paid", "nein": "open"}[y] for y in Y], "each of its values is of one class"),
        ([{"ja": 5.5, "nein": -1}[y] + i / 100 for i, y in enumerate(Y)], "by thresholds"),
        ([{"ja": 1, "nein": 0}[y] for y in Y], "each of its values is of one class"),
    ],
)
def test_a_column_that_gives_the_class_away(tmp_path, leak, rule):
    assert hints(tmp_path, {"leak": leak, "y": Y}) == [
        f"leak alone predicts the target, {rule}: if it is not known beforehand, --drop leak"
    ]


def test_a_column_that_gives_a_number_away(tmp_path):
    y = measured(seed=1)
    assert hints(tmp_path, {"in euros": [1.1 * value for value in y], "y": y}) == [
        'in euros alone predicts the target, as a straight line: if it is not known beforehand, --drop "in euros"'
    ]


def test_what_is_to_be_dropped_can_be_pasted_and_is_dropped(tmp_path):
    y = measured(seed=1)
    columns = {"Income, USD": [1.1 * value for value in y], "x": measured(), "y": y}
    path = str(written(tmp_path / "mine.csv", columns, separator=";"))
    hint = load_dataset(path=path, target="y").notes[-1]
    assert hint.endswith(', --drop "Income, USD"')
    data = load_dataset(path=path, target="y", drop=parts_of_list(shlex.split(hint)[-1]))
    assert data.columns is not None
    assert data.columns.names == ("x",)
    assert data.columns.left_out == {"Income, USD": "dropped"}


def test_three_classes_in_a_row(tmp_path):
    y = drawn("abc")
    leak = ["abc".index(word) * 10 + place / 100 for place, word in enumerate(y)]
    assert "by thresholds" in hints(tmp_path, {"leak": leak, "y": y})[0]
    near = [*leak]
    near[0] = 10.0 if y[0] != "b" else 20.0
    assert hints(tmp_path, {"near": near, "y": y}) == []


def test_what_is_good_but_not_perfect_is_no_leak(tmp_path):
    near = [{"ja": "paid", "nein": "open"}[y] for y in Y]
    near[:2] = near[:2][::-1] if near[0] != near[1] else ["paid" if near[0] == "open" else "open", near[1]]
    assert hints(tmp_path, {"near": near, "y": Y}) == []


def test_few_rows_say_nothing(tmp_path):
    assert hints(tmp_path, {"x": measured(10), "leak": turns(["a", "b"], 10), "y": turns(["a", "b"], 10)}) == []


def patients():
    names = [f"P{place // 4:02d}" for place in range(60)]
    rng = np.random.default_rng(3)
    state = rng.choice(["ill", "healthy"], 15).tolist()
    return {"patient": names, "y": [state[int(name[1:])] for name in names]}


GROUP = (
    "patient looks like a group: all rows of a value have the same target, and stand on both sides of folds; "
    "--group patient keeps them together"
)


def test_groups_that_folds_would_tear_apart(tmp_path):
    assert hints(tmp_path, patients()) == [GROUP]
    assert hints(tmp_path, patients(), group="patient") == []
    assert hints(tmp_path, {**patients(), "y": Y}) == []


def test_numbers_are_groups_only_if_named_so(tmp_path):
    columns = patients()
    numbers = [101 * int(name[1:]) for name in columns.pop("patient")]
    assert "patient_id looks like a group" in hints(tmp_path, {"patient_id": numbers, **columns})[0]
    assert hints(tmp_path, {"dose": numbers, **columns}) == []


def test_time(tmp_path):
    dates = [f"2024-0{1 + place // 20}-{1 + place % 20:02d}" for place in range(60)]
    said = "folds mix earlier and later rows; --time day holds out the later ones"
    assert hints(tmp_path, {"day": dates, "y": Y}) == [said]
    assert hints(tmp_path, {"day": dates, "y": Y}, time="day") == []
    assert hints(tmp_path, {"day": dates, "f": turns([1, 2, 3]), "y": Y}, fold="f") == []
