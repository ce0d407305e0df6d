import numpy as np
from support.tables import loaded, measured, turns

from kerasgrid.data.columns import Column, Columns
from kerasgrid.reports.text.columns_table import columns_lines


def test_a_line_a_column(tmp_path):
    data = loaded(
        tmp_path,
        {
            "Id": range(1, 61),
            "age": [*turns([20.5, 67, ""], 60)],
            "port": [*turns(["", "Southampton", "Cherbourg harbour", "Q"], 58), "x", "z"],
            "alive": turns(["yes", "no"]),
            "flag": turns([0, 1]),
            "day": turns(["2024-01-31", "2023-12-01"]),
            "share": turns(["1 %", "2 %"]),
            "y": measured(),
        },
    )
    assert columns_lines(data.columns, data.x_train, data.targets) == [
        "  age    number    20.5 … 67, 20 gaps",
        "  port   category  4 words: (empty), Cherbourg harbo…, Q, … and 2 rows of rare words",
        "  alive  yes/no    no or yes",
        "  flag   yes/no",
        "  day    date      2023-12-01 … 2024-01-31",
        "  share  number    1 … 2, percent, such as 1 %",
        "  Id     left out  a row counter: whole numbers that run without gaps",
        "  y      target",
    ]


def test_many_columns_are_counted_and_long_names_cut():
    columns = Columns(tuple(Column(f"column number {i} " + "x" * 40, "number") for i in range(70)), {"a": "empty"})
    lines = columns_lines(columns, np.full((3, 70), 2.0, np.float32))
    assert len(lines) == 62
    assert lines[0] == "  column number 0 xxxxxxxxxxxxxxx…  number    2 … 2"
    assert lines[60:] == ["  and 10 columns more", "  a                                 left out  empty"]
    left = Columns((), {f"c{i}": "empty" for i in range(61)})
    assert columns_lines(left, np.empty((3, 0), np.float32))[-1] == "  and 1 column more left out"
