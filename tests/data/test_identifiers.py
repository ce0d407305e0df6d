import numpy as np
import pytest

from kerasgrid.data.identifiers import identifier, is_measured, is_named_identifier

SHUFFLED = np.random.default_rng(0).permutation(40)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("a", np.arange(10)),
        ("a", np.arange(1, 11)),
        ("a", np.arange(10.0)),
        ("a", SHUFFLED + 500),
        ("Id", np.array([7, 90, 12, 4])),
        ("PassengerId", np.array([7, 90, 12, 4])),
        ("row_no", np.array([3, 4, 5, 6])),
        ("UUID", np.array([2**63 - 1, -(2**63), 0, 5])),
        ("user id", np.array([7, 90, 12, 4], np.uint64)),
    ],
)
def test_identifiers(name, values):
    assert identifier(name, values) is not None


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("a", np.arange(9)),
        ("a", np.arange(5, 20)),
        ("a", SHUFFLED[:10]),
        ("a", np.array([*range(30), 31])),
        ("a", np.array([*range(30), 29])),
        ("a", np.arange(30) + 0.5),
        ("a", np.append(np.arange(30.0), np.nan)),
        ("Id", np.array([1, 1, 2, 3])),
        ("Id", np.array([1, 2, 3])),
        ("Id", np.array([1.5, 2, 3, 4])),
        ("year", np.arange(1990, 2020)),
        ("Age", np.arange(30)),
        ("x", np.arange(30)),
        ("week_no", np.arange(30)),
    ],
)
def test_measurements(name, values):
    assert identifier(name, values) is None


def test_names():
    names = ("id", "ID", "PassengerId", "user_id", "index", "Row", "customer no.", "번호")
    assert [name for name in names if not is_named_identifier(name)] == []
    others = ("idea", "width", "acid", "nose", "sepal length (cm)", "")
    assert [name for name in others if is_named_identifier(name)] == []
    assert is_measured("birthYear")
    assert not is_measured("yearling")
