import numpy as np
import pytest
from support.tables import loaded, measured

from kerasgrid.data.cells import Dates, Numbers, Words
from kerasgrid.data.target import class_codes, guessed, target_of
from kerasgrid.errors import DataError


def words(*texts):
    found = sorted({text for text in texts if text})
    return Words(
        np.array([found.index(text) if text else -1 for text in texts], np.int32), np.array(found, dtype=object)
    )


def read(*texts, task=None, **options):
    """Return the values of rows that are there, and whether each is."""
    target = target_of(["y"], [words(*texts)], task=task, **options)
    there = target.is_there
    found = target.at(np.flatnonzero(there))
    values = found.values.tolist() if found.words is None else [found.words[code] for code in found.values]
    return values, there.tolist()


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (("3", "8", "5"), [3, 8, 5]),
        (("0.0", "1.0"), [0.0, 1.0]),
        (("$1,234.50", "$3"), [1234.5, 3.0]),
        (("12 %", "7%"), [12.0, 7.0]),
        (("1,5", "2"), [1.5, 2.0]),
        (("None", "NA", "x"), ["None", "NA", "x"]),
        (("True", "False"), ["True", "False"]),
        (("01", "02"), ["01", "02"]),
        (("1", "2", "3+"), ["1", "2", "3+"]),
    ],
)
def test_numbers_and_words(texts, values):
    found, there = read(*texts)
    assert found == values
    assert all(type(one) is type(other) for one, other in zip(found, values, strict=True))
    assert all(there)


def test_in_words_only_an_empty_cell_is_missing_in_numbers_marks_are_too():
    assert read("a", "", "NA", " ", "nan") == (["a", "NA", "nan"], [True, False, True, False, True])
    assert read("3", "", "NA", "null", "4") == ([3, 4], [True, False, False, False, True])
    assert read("NA", "NA") == (["NA", "NA"], [True, True])


def test_columns_of_frames():
    at = np.arange(2)
    assert target_of(["y"], [Numbers(np.array([True, False]))], task=None).words == ("True", "False")
    assert target_of(["y"], [Numbers(np.array([True, False]))], task="regression").values.tolist() == [True, False]
    gaps = target_of(["y"], [Numbers(np.array([3.0, 4.0, np.nan]))], task=None)
    assert gaps.is_there.tolist() == [True, True, False]
    assert gaps.at(at).values.dtype == np.int64
    assert target_of(["y"], [Numbers(np.array([0.0, 1.0]))], task=None).at(at).values.dtype == np.float64


def test_numbers_with_zeros_in_front_are_classes_unless_the_task_says_numbers():
    texts = [f"{month:02d}" for month in range(1, 13)]
    assert read(*texts)[0] == read(*texts, task="classification")[0] == texts
    assert read(*texts, task="regression") == (list(range(1, 13)), [True] * 12)
    assert read("-01", "02.5", "NA", task="regression") == ([-1, 2.5], [True, True, False])
    assert target_of(["y", "b"], [words("01", "02")] * 2, task=None).values.tolist() == [[1, 1], [2, 2]]


def test_of_gaps_alone_no_number_is_there():
    assert read("NA", "n/a", "", task="regression") == ([], [False] * 3)
    assert read("", "", task="regression") == ([], [False] * 2)


@pytest.mark.parametrize("word", ["inf", "-Infinity", "1e999"])
@pytest.mark.parametrize("task", [None, "regression"])
def test_of_an_infinite_number_its_column_and_row_are_told(word, task):
    message = r"^column '{}': must hold finite numbers only, got -?inf in row {} \(mend it, or leave the cell empty\)$"
    with pytest.raises(DataError, match=message.format("y", 4)):
        read("1.5", "", "2.5", word, "3.5", task=task)
    with pytest.raises(DataError, match=message.format("y", 2)):
        target_of(["y"], [Numbers(np.array([1.0, -np.inf]))], task=task)
    with pytest.raises(DataError, match=message.format("y", 6)):
        target_of(["y"], [Numbers(np.array([np.inf]), rows=np.array([5]))], task=task)
    with pytest.raises(DataError, match=message.format("b", 2)):
        target_of(["y", "b"], [words("1", "2"), words("", word)], task=task)
    assert read("1", word, task="classification")[0][0] == 1


def test_of_a_number_too_large_its_row_is_told():
    with pytest.raises(
        DataError, match=r"^column 'y': must fit in float32, which ends at 3.4e38, got 1e\+39 in row 2 "
    ):
        read("1.5", "1e39", "2.5")


def test_an_infinite_target_is_told_of_alone(tmp_path):
    table = {"x": measured(), "w": measured(seed=2), "y": ["", 1.5, 2.5, "inf", *measured(56, seed=1)]}
    with pytest.raises(
        DataError, match=r"^[^\n]*mine\.csv: column 'y': must hold finite numbers only, got inf in row 4 "
    ):
        loaded(tmp_path, table)


def test_several():
    target = target_of(["a", "b"], [words("1.5", "", "2"), words("yes", "no", "yes")], task=None)
    assert target.is_there.tolist() == [True, False, True]
    assert target.at(np.array([0, 2])).values.tolist() == [[1.5, 1], [2, 1]]
    mixed = target_of(["a", "b"], [Numbers(np.array([1, 2])), words("1,5", "2")], task=None)
    assert mixed.values.tolist() == [[1, 1.5], [2, 2]]


@pytest.mark.parametrize(
    ("cells", "task", "message"),
    [
        (
            [words("ja", "nein")],
            "regression",
            r"^column 'y': must hold numbers to be predicted, got 'ja' in row 1 \(\"missing\" names marks of gaps; fo",
        ),
        ([words("1", "x")], "regression", "got 'x' in row 2"),
        ([words("$1,001.50", "$2,000.25", "call us", "$3")], "regression", "got 'call us' in row 3 "),
        ([words("1.001,50 €", "2,25 €", "Preis?", "3 €")], "regression", "got 'Preis\\?' in row 3 "),
        ([words("01", "02", "x")], "regression", "got 'x' in row 3 "),
        ([words("01", "02"), words("x", "z")], "regression", "^column 'b': each of several targets must hold numbers"),
        ([Dates(np.array([1.0]))], None, "^column 'y': must hold classes or numbers to be predicted, got dates$"),
        (
            [words(*map(str, range(40)), "n.b.")],
            None,
            "^column 'y': holds numbers such as 0 but for a few words, got 'n.b.' in row 41 \\(if it stands for a gap, "
            '"missing": \\["n.b."\\]; if its values are classes, "task": "classification"\\)$',
        ),
        (
            [words("1", "2"), words("x", "z")],
            None,
            "^column 'b': each of several targets must hold numbers, or two words such as yes and no, got words",
        ),
    ],
)
def test_what_cannot_be_predicted_is_said(cells, task, message):
    with pytest.raises(DataError, match=message):
        target_of(["y", "b"][: len(cells)], cells, task=task)


def guess(*columns, task=None):
    target = target_of([*"yzw"[: len(columns)]], columns, task=task)
    return guessed(target.at(np.arange(len(columns[0]))), task)


@pytest.mark.parametrize(
    ("columns", "task", "note"),
    [
        ([words("a", "b", "a")], "classification", "y: 2 classes a, b"),
        ([words(*"abcdefgh")], "classification", "y: 8 classes a … h"),
        (
            [words(*"345678" * 2)],
            "classification",
            "y: 6 classes 3 … 8; --task regression predicts the number",
        ),
        ([words("0.0", "1.0")], "classification", "y: 2 classes 0.0, 1.0; --task regression predicts the number"),
        ([words("1.5", "20")], "regression", "y: numbers to predict, 1.5 … 20"),
        (
            [Numbers(np.arange(5, 50))],
            "regression",
            "y: numbers to predict, 5 … 49; --task classification takes each for a class",
        ),
        ([Numbers(np.array([1.5, 2.0]))] * 2, "regression", "y, z: 2 numbers to predict"),
        (
            [Numbers(np.array([0, 1])), Numbers(np.array([1, 1]))],
            "multilabel",
            "y, z: 2 labels, any number of which hold; --task says otherwise",
        ),
        (
            [Numbers(np.array([0, 1])), Numbers(np.array([1, 0]))],
            "classification",
            "y, z: 2 classes, one of which holds; --task says otherwise",
        ),
    ],
)
def test_the_guess_is_said(columns, task, note):
    assert guess(*columns) == (task, note)
    assert guess(*columns, task="classification" if task == "classification" else "regression")[1] == ""


def test_class_codes():
    target = target_of(["y"], [words("b", "a", "", "c")], task=None)
    train, other = target.at(np.array([0, 1])), target.at(np.array([1]))
    codes, classes = class_codes(train, train, "y")
    assert (codes.tolist(), classes) == ([1, 0], ("a", "b"))
    assert class_codes(other, train, "y")[0].tolist() == [0]
    with pytest.raises(
        DataError, match=r"^y: test labels must be among the training set's, got label c \(training has l"
    ):
        class_codes(target.at(np.array([3])), train, "y")
    with pytest.raises(DataError, match=r"^y: labels must hold at least two classes, got only a$"):
        class_codes(other, other, "y")


def test_many_dates_are_no_target_and_a_few_are_classes():
    days = [f"2024-01-{day:02d}" for day in range(1, 29)]
    message = (
        r"column 'y': must hold classes or numbers to be predicted, got dates such as '2024-01-01' \(write a number, "
        r"such as days from a first one; --task classification takes each date for a class\)"
    )
    with pytest.raises(DataError, match=message):
        read(*days)
    assert read(*days, task="classification")[0] == days
    assert read("2024-01", "2024-02", "2024-01")[0] == ["2024-01", "2024-02", "2024-01"]


def test_of_many_numbers_with_a_unit_the_number_is_predicted_and_a_few_are_classes():
    assert read(*(f"{n} kg" for n in range(30)))[0] == list(range(30))
    assert read("1x", "2x", "4x")[0] == ["1x", "2x", "4x"]
