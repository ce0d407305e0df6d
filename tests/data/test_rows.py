import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.tables import drawn, loaded, measured, raw_tables, turns, written

from kerasgrid.data.columns import Columns
from kerasgrid.data.rows import read_rows
from kerasgrid.data.sources import load_dataset
from kerasgrid.errors import DataError

X, Y = measured(), drawn(["ja", "nein"])
COLUMNS = {
    "x": X,
    "w": turns(["a", "b", "", "c"]),
    "yes": turns(["yes", "no", "NA"]),
    "price": [f'"${place % 9 * 500:,}"' for place in range(60)],
    "day": [f"{1 + place % 28}.5.2024" for place in range(60)],
    "zip": turns(["01", "02", "10"]),
}


def test_the_training_rows_are_as_in_the_training(tmp_path):
    data = loaded(tmp_path, {**COLUMNS, "y": Y})
    kept = Columns.from_dict(data.columns.to_dict())
    rows = read_rows(tmp_path / "mine.csv", kept, data.targets)
    np.testing.assert_array_equal(rows.x, data.x_train)
    y, places = rows.known(data.task, data.classes)
    assert (y.tolist(), places.tolist(), rows.new) == (data.y_train.tolist(), list(range(60)), {})


def test_columns_are_found_by_name_and_others_left_aside(tmp_path):
    data = loaded(tmp_path, {**COLUMNS, "y": Y})
    turned = dict(reversed([*COLUMNS.items(), ("more", turns("pq"))]))
    rows = read_rows(written(tmp_path / "b.tsv", turned, separator="\t"), data.columns, data.targets)
    np.testing.assert_array_equal(rows.x, data.x_train)
    assert rows.target is None


def test_a_frame_of_the_file(tmp_path):
    data = loaded(tmp_path, {**COLUMNS, "y": Y})
    frame = pd.read_csv(tmp_path / "mine.csv", dtype={"zip": str}, keep_default_na=False)
    rows = read_rows(frame, data.columns, data.targets)
    np.testing.assert_array_equal(rows.x, data.x_train)
    assert rows.where == "data"


def test_new_words_are_allowed_and_counted(tmp_path):
    data = loaded(tmp_path, {**COLUMNS, "y": Y})
    changed = {**COLUMNS, "w": turns(["z", "b"]), "yes": turns(["perhaps", "no", "no"])}
    rows = read_rows(written(tmp_path / "b.csv", changed), data.columns)
    assert rows.new == {"w": 30, "yes": 20}
    assert rows.x[:2, 1].tolist() == [0, 3]
    assert np.isnan(rows.x[0, 2])


@pytest.mark.parametrize(
    ("trained", "given", "read"),
    [
        # The training had nothing above a thousand, or no sign, to tell how such are written.
        (["$9.99", "$0.50", "$120.00"], ["$1,299.00", "$5.00", "€2,000,000"], [1299.0, 5.0, 2e6]),
        (["999.5", "12.25", "3.5"], ["1,234.5", "$7.25", "-1,000"], [1234.5, 7.25, -1000.0]),
        (["9,99 €", "0,50 €", "120,00 €"], ["1.299,00 €", "5,5", "1.000"], [1299.0, 5.5, 1000.0]),
        (["5 kg", "7.5 kg", "12 kg"], ["1,200 kg", "8", "2,000"], [1200.0, 8.0, 2000.0]),
    ],
    ids=str,
)  # fmt: skip
def test_larger_numbers_than_the_training_s_are_read_as_people_write_them(tmp_path, trained, given, read):
    path = written(tmp_path / "a.csv", {"x": turns(trained), "w": turns("pq"), "y": Y}, separator=";")
    data = load_dataset(path=str(path), target="y")
    assert data.columns is not None
    assert data.columns.given[0].kind == "number"
    rows = read_rows(written(tmp_path / "b.csv", {"x": given, "w": turns("pq", 3)}, separator=";"), data.columns)
    np.testing.assert_array_equal(rows.x[:, 0], np.float32(read))


@pytest.mark.parametrize("word", ["12%", "1,5", "1,23,4", "$"])
def test_what_would_be_another_number_is_refused(tmp_path, word):
    path = written(tmp_path / "a.csv", {"x": turns(["999.5", "12.25", "3.5"]), "w": turns("pq"), "y": Y}, separator=";")
    data = load_dataset(path=str(path), target="y")
    given = written(tmp_path / "b.csv", {"x": ["1.5", word, "2.5"], "w": turns("pq", 3)}, separator=";")
    with pytest.raises(DataError, match=r"column 'x': must hold numbers, as in the training, got .* in row 2 "):
        read_rows(given, data.columns)


def test_targets_that_are_partly_there(tmp_path):
    data = loaded(tmp_path, {"x": X, "y": turns(["3", "4", "8"])})
    rows = read_rows(written(tmp_path / "b.csv", {"x": [1, 2, 3], "y": [8, "", 3]}), data.columns, data.targets)
    y, places = rows.known(data.task, data.classes)
    assert (y.tolist(), places.tolist()) == ([2, 0], [0, 2])
    price = loaded(tmp_path, {"x": X, "y": measured(seed=1)})
    rows = read_rows(written(tmp_path / "b.csv", {"x": [1, 2], "y": ["$2.50", "NA"]}), price.columns, price.targets)
    assert rows.known(price.task, price.classes)[0].tolist() == [2.5]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"w": ["a"]}, r"b\.csv: must have the column that the model was trained on, got none named x \(it has w\)$"),
        ({"q": [1]}, r"must have the columns that the model was trained on, got none named x, w \(it has q\)$"),
        ({"x": ["one"], "w": ["a"]}, r"b\.csv: column 'x': must hold numbers, as in the training, got 'one' in row 1 "),
        ({"x": [1], "w": ["a"], "y": ["so"]}, r"b\.csv: column 'y': test labels must be among .*, got label so"),
        ({"x": [], "w": []}, r"b\.csv: must hold rows below the header, got none"),
    ],
)
def test_rows_that_do_not_suit_say_why(tmp_path, columns, message):
    data = loaded(tmp_path, {"x": X, "w": turns("abc"), "y": Y})
    path = written(tmp_path / "b.csv", columns)
    with pytest.raises(DataError, match=message):
        read_rows(path, data.columns, data.targets).known(data.task, data.classes)


def test_regression_wants_numbers(tmp_path):
    data = loaded(tmp_path, {"x": X, "y": measured(seed=1)})
    path = written(tmp_path / "b.csv", {"x": [1, 2], "y": ["low", "high"]})
    with pytest.raises(
        DataError, match=r"b\.csv: column 'y': must hold numbers, as in the training, got words such as"
    ):
        read_rows(path, data.columns, data.targets).known(data.task, data.classes)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=raw_tables(),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
@example(table=(["a", "the target"], [["1", "x", "2"], ["a", "b", "a"]]), separator=",", encoding="utf-8")
def test_any_table_is_read_or_refused_and_its_rows_are_read_again_alike(tmp_path, table, separator, encoding):
    names, columns = table

    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in f'{separator}"\n ') else text

    path = tmp_path / "any.csv"
    lines = [separator.join(map(quoted, row)) for row in [names, *zip(*columns, strict=True)]]
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    try:
        data = load_dataset(path=str(path), target="the target")
    except DataError:
        return
    kept = Columns.from_dict(data.columns.to_dict())
    try:
        rows = read_rows(path, kept, data.targets, task=data.task)
    except DataError:
        # What stands in rows without a target alone may be no number of the others' form.
        assert "left out" in data.notes[0]
        return
    y, places = rows.known(data.task, data.classes)
    np.testing.assert_array_equal(rows.x[places], data.x_train)
    np.testing.assert_array_equal(y.astype(data.y_train.dtype), data.y_train)
