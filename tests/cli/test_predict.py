"""``kerasgrid predict``: from a file as the user has it to its rows with what is predicted of them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from support.written import Ended, called

import kerasgrid
from kerasgrid.api.opening import open_run
from kerasgrid.api.predicting import predict_run
from kerasgrid.errors import DataError
from kerasgrid.reports.text.usage import usage_lines
from kerasgrid.run.store import Store

Call = Callable[..., Ended]

NEW_CLASS = " with a class that the run does not know, such as '{}': not scored"

EPOCHS = {"epochs": 4, "hidden_units": [[8]], "learning_rate": 0.01, "batch_size": 16}


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    return partial(called, monkeypatch, capsys)


def assert_told(ended: Ended, beginnings: Sequence[str]) -> None:
    """Check that these are the notes beside the predictions, one a line."""
    lines = ended.err.splitlines()
    assert len(lines) == len(beginnings)
    assert all(line.startswith(f"kerasgrid: {told}") for line, told in zip(lines, beginnings, strict=True)), ended.err


def searched(folder: Path, dataset: dict[str, Any], **params: Any) -> Path:
    space = {"name": "run", "dataset": dataset, "validation_split": 0.25, "params": {**EPOCHS, **params}}
    kerasgrid.search(space, out=folder / "run", jobs=1, progress=False)
    return folder / "run"


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on a table with words, gaps, dates and an odd name, and its file beside it."""
    folder = tmp_path_factory.mktemp("people")
    rng = np.random.default_rng(0)
    n = 80
    speed = rng.normal(50, 10, n).round(1)
    frame = pd.DataFrame(
        {
            "Id": np.arange(1, n + 1),
            "km/h": speed,
            "town": rng.choice(["Bonn", "Köln", "부산"], n),
            "member": rng.choice(["yes", "no"], n),
            "since": pd.date_range("2019-01-01", periods=n, freq="9D").strftime("%Y-%m-%d"),
            "kind": np.where(speed > 50, "fast", "slow"),
        }
    )
    frame.loc[::7, "km/h"] = np.nan
    frame.loc[::9, "town"] = ""
    frame.to_csv(folder / "people.csv", index=False)
    return searched(folder, {"path": str(folder / "people.csv"), "target": "kind"}, one_hot_max=2)


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that predicts two numbers, one of them money, from a file as German spreadsheets write it."""
    folder = tmp_path_factory.mktemp("houses")
    rng = np.random.default_rng(1)
    size = rng.uniform(40, 200, 60).round(1)
    rows = [f"{value};{3000 * value:,.2f} €;{value / 30:.2f}" for value in size]
    swapped = [row.translate(str.maketrans(",.", ".,")) for row in rows]
    (folder / "houses.csv").write_text("\n".join(["size;price;rooms", *swapped]) + "\n", encoding="utf-8")
    return searched(folder, {"path": str(folder / "houses.csv"), "target": ["price", "rooms"]}, epochs=30)


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on a folder of images, and that folder beside it."""
    folder = tmp_path_factory.mktemp("shapes")
    for name, shade in (("dark", 40), ("light", 200)):
        (folder / "shapes" / name).mkdir(parents=True)
        for number in range(12):
            Image.new("L", (6, 5), shade + number).save(folder / "shapes" / name / f"{number:02}.png")
    return searched(folder, {"path": str(folder / "shapes")})


def test_the_rows_of_the_training_are_predicted_as_its_model_does(people: Path, call: Call) -> None:
    file = people.parent / "people.csv"
    ended = call("predict", people, file, "--out", people / "predictions.csv")
    assert (ended.code, ended.out) == (0, f"{people / 'predictions.csv'}\n")
    assert ended.err.startswith("kerasgrid: of 80 known: accuracy 0.")
    found = pd.read_csv(people / "predictions.csv", keep_default_na=False)
    given = pd.read_csv(file, keep_default_na=False)
    assert list(found) == [*given, "prediction", "probability_fast", "probability_slow"]
    pd.testing.assert_frame_equal(found[list(given)].astype(str), given.astype(str))
    best = json.loads((people / "best_params.json").read_text(encoding="utf-8"))
    assert best["classes"] == ["fast", "slow"]
    assert [column["input"] for column in best["columns"].values()] == ["km_h", "town", "member", "since"]
    probabilities = found[["probability_fast", "probability_slow"]].to_numpy()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert (found["prediction"] == np.array(best["classes"])[probabilities.argmax(axis=1)]).all()
    with np.errstate(invalid="ignore"):
        inputs = {
            "since": ((pd.to_datetime(given["since"]) - pd.Timestamp(0)).dt.days).to_numpy(np.float32),
            "member": given["member"].to_numpy(object),
            "town": given["town"].to_numpy(object),
            "km_h": pd.to_numeric(given["km/h"]).to_numpy(np.float32),
        }
    import keras

    model = keras.models.load_model(people / "model.keras")
    np.testing.assert_allclose(model.predict(inputs, verbose=0), probabilities, atol=1e-5)


def test_the_code_that_is_told_names_the_inputs_of_the_model(people: Path) -> None:
    (line,) = [line for line in usage_lines(open_run(str(people))) if line.startswith("model.predict")]
    import keras

    model = keras.models.load_model(people / "model.keras")
    told = re.findall("'(.+?)': …", line)
    assert told == ["km_h", "town", "member"]
    assert set(told) < {tensor.name for tensor in model.inputs}


def test_columns_may_stand_otherwise_and_words_may_be_new(people: Path, call: Call, tmp_path: Path) -> None:
    rows = "extra,since,town,km/h,member\nx,2020-05-05,Paris,,no\ny,,Bonn,60.5,\n"
    (tmp_path / "new.csv").write_text(rows, encoding="utf-8")
    ended = call("predict", people, tmp_path / "new.csv")
    assert ended.code == 0
    assert ended.err == "kerasgrid: 1 row with a new or rare word in town\n"
    lines = ended.out.splitlines()
    assert lines[0] == "extra,since,town,km/h,member,prediction,probability_fast,probability_slow"
    assert lines[1].startswith(("x,2020-05-05,Paris,,no,fast,", "x,2020-05-05,Paris,,no,slow,"))
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("kinds", "notes"),
    [
        (("?", "fast", "unknown", ""), ["2 rows" + NEW_CLASS.format("?"), "of 1 known: accuracy "]),
        (("?", "?", "?", "?"), ["4 rows" + NEW_CLASS.format("?")]),
        (("1", "2", "1", ""), ["3 rows" + NEW_CLASS.format("1")]),
    ],
)
def test_rows_that_are_yet_to_be_labelled_may_have_any_mark(
    kinds: tuple[str, ...], notes: list[str], people: Path, call: Call, tmp_path: Path
) -> None:
    rows = [f"2020-05-05,Bonn,50,no,{kind}" for kind in kinds]
    (tmp_path / "new.csv").write_text("\n".join(["since,town,km/h,member,kind", *rows]) + "\n", encoding="utf-8")
    ended = call("predict", people, tmp_path / "new.csv")
    assert (ended.code, len(ended.out.splitlines())) == (0, 5)
    assert_told(ended, notes)


def test_targets_that_are_no_numbers_leave_the_predictions(houses: Path, call: Call, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("size;price;rooms\n70;?;2\n80;open;3\n", encoding="utf-8")
    ended = call("predict", houses, tmp_path / "new.csv")
    assert (ended.code, len(ended.out.splitlines())) == (0, 3)
    assert ended.err == (
        "kerasgrid: not scored: column 'price': each of several targets must hold numbers, or two words such as yes "
        "and no, got words such as '?'\n"
    )


def test_columns_of_the_file_keep_their_names(people: Path, call: Call, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("prediction,since,town,km/h,member\n,2020-05-05,Bonn,50,no\n", encoding="utf-8")
    lines = call("predict", people, tmp_path / "new.csv").out.splitlines()
    assert lines[0] == "prediction,since,town,km/h,member,prediction_,probability_fast,probability_slow"


def test_numbers_come_in_their_own_unit_and_each_target_is_scored(houses: Path, call: Call) -> None:
    ended = call("predict", houses, houses.parent / "houses.csv", "--out", houses / "p.csv")
    assert ended.code == 0
    assert pd.Series([ended.err]).str.contains(r"r2 0\.\d{4} \(of price 0\.\d{4}, of rooms 0\.\d{4}\)$")[0], ended.err
    found = pd.read_csv(houses / "p.csv")
    assert list(found) == ["size", "price", "rooms", "prediction_price", "prediction_rooms"]
    assert 100_000 < found["prediction_price"].mean() < 500_000
    assert found["prediction_rooms"].between(0, 10).all()


def test_images_are_predicted_by_their_files(shapes: Path, call: Call, tmp_path: Path) -> None:
    ended = call("predict", shapes, shapes.parent / "shapes", "--out", shapes / "p.csv")
    assert ended.code == 0
    assert ended.err.startswith("kerasgrid: of 24 known: accuracy ")
    found = pd.read_csv(shapes / "p.csv")
    assert list(found) == ["file", "prediction", "probability_dark", "probability_light"]
    assert found["file"][0] == "dark/00.png"
    # The model takes bytes, and so does who loads it.
    import keras

    pixels = np.asarray(Image.open(shapes.parent / "shapes" / "dark" / "00.png"))[None]
    outputs = keras.models.load_model(shapes / "model.keras").predict(pixels, verbose=0)
    np.testing.assert_allclose(outputs[0], found.iloc[0, 2:].to_numpy(float), atol=1e-5)
    (tmp_path / "one.png").write_bytes((shapes.parent / "shapes" / "light" / "03.png").read_bytes())
    assert call("predict", shapes, tmp_path / "one.png").out.splitlines()[1].startswith("one.png,")
    np.savez(tmp_path / "mine.npz", x=np.repeat(pixels, 2, axis=0), y=np.array(["dark", "light"]))
    ended = call("predict", shapes, tmp_path / "mine.npz")
    assert ended.err == "kerasgrid: of 2 known: accuracy 0.5000\n"
    assert ended.out.splitlines()[0].startswith("row,prediction,")


@pytest.mark.parametrize(
    ("y", "told"),
    [
        (["dark", "?"], ["1 row" + NEW_CLASS.format("?"), "of 1 known: accuracy "]),
        (["", "light"], ["of 1 known: accuracy "]),
        ([0, 7], ["1 row" + NEW_CLASS.format("7"), "of 1 known: accuracy "]),
        ([0.5, 1.0], ["not scored: y: class labels must be whole numbers, got 0.5"]),
        (["", ""], []),
    ],
)
def test_labels_of_an_archive_that_are_new_or_missing_leave_the_predictions(
    y: list[object], told: list[str], shapes: Path, call: Call, tmp_path: Path
) -> None:
    np.savez(tmp_path / "mine.npz", x=np.full((2, 5, 6), 200, np.uint8), y=np.array(y))
    ended = call("predict", shapes, tmp_path / "mine.npz")
    assert (ended.code, len(ended.out.splitlines())) == (0, 3)
    assert_told(ended, told)


def test_an_archive_has_as_many_labels_as_samples(shapes: Path, call: Call, tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", x=np.full((2, 5, 6), 200, np.uint8), y=np.array(["dark"]))
    ended = call("predict", shapes, tmp_path / "mine.npz")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.endswith("mine.npz: x and y must have the same length, got 2 samples and 1 labels\n")


def test_targets_of_an_archive_are_as_many_as_the_training_had(call: Call, tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    np.savez(tmp_path / "numbers.npz", x=x, y=x.sum(axis=1) + 0.25)
    run = searched(tmp_path, {"path": str(tmp_path / "numbers.npz")})
    np.savez(tmp_path / "two.npz", x=x, y=x[:, :2])
    ended = call("predict", run, tmp_path / "two.npz")
    assert (ended.code, len(ended.out.splitlines())) == (0, 41)
    assert ended.err == "kerasgrid: not scored: y must have 1 target, as the training had, got 2\n"
    y = np.where(np.arange(40) < 30, x.sum(axis=1), np.nan)
    np.savez(tmp_path / "some.npz", x=x, y=y)
    assert call("predict", run, tmp_path / "some.npz").err.startswith("kerasgrid: of 30 known: ")


def test_predictions_are_there_in_python(people: Path) -> None:
    found = predict_run(str(people), people.parent / "people.csv")
    assert found.outputs.shape == (80, 2)
    assert found.n_known == 80
    assert sum(len(part) for part in found.parts()) == 80


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("town,member\nBonn,no\n", r"must have the columns that the model was trained on, got none named km/h, since "),
        (
            "km/h,town,member,since\nfast,Bonn,no,2020-01-01\n",
            r"column 'km/h': must hold numbers, .* got 'fast' in row 1",
        ),
        (None, r"cannot be read, got No such file or directory"),
    ],
)
def test_files_that_do_not_suit_say_why(
    content: str | None, message: str, people: Path, call: Call, tmp_path: Path
) -> None:
    file = tmp_path / "new.csv"
    if content is not None:
        file.write_text(content)
    ended = call("predict", people, file)
    assert (ended.code, ended.out) == (2, "")
    assert pd.Series([ended.err]).str.contains(message)[0], ended.err
    assert len(ended.err.splitlines()) == 1


def test_other_faults_say_why(people: Path, shapes: Path, call: Call, tmp_path: Path) -> None:
    assert "there is no run here" in call("predict", tmp_path / "none", tmp_path / "x.csv").err
    np.savez(tmp_path / "wrong.npz", x=np.zeros((2, 7, 7), np.uint8))
    ended = call("predict", shapes, tmp_path / "wrong.npz")
    assert ended.code == 2
    assert "samples must have the shape of the training's, got (7, 7), not (5, 6)" in ended.err
    np.savez(tmp_path / "small.npz", x=np.zeros((2, 5, 6)))
    ended = call("predict", shapes, tmp_path / "small.npz")
    assert "the model takes images of bytes, 0 to 255, got 0 to 1 (multiply by 255)" in ended.err
    model = (people / "model.keras").read_bytes()
    (people / "model.keras").write_bytes(b"no model")
    try:
        ended = call("predict", people, people.parent / "people.csv")
        assert ended.code == 2
        assert "model.keras: cannot be loaded as a Keras model, got " in ended.err
        (people / "model.keras").unlink()
        ended = call("predict", people, people.parent / "people.csv")
        assert ended.err.endswith("the run has no model (run its search again: it ends with one)\n")
    finally:
        (people / "model.keras").write_bytes(model)


def test_the_model_of_an_earlier_state_predicts_nothing(
    people: Path, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, file = tmp_path / "run", people.parent / "people.csv"
    shutil.copytree(people, run)

    def killed(*_: Any) -> None:
        raise SystemError("killed")

    dataset = {"path": str(file), "target": "kind"}
    with monkeypatch.context() as context:
        # As by a power cut: nothing is put in order.
        for name in ("refit", "drop_other"):
            context.setattr(f"kerasgrid.run.run_model.RunModel.{name}", killed)
        with pytest.raises(SystemError, match="killed"):
            searched(tmp_path, dataset, one_hot_max=2, learning_rate=[0.01, 0.1])
    opened = open_run(str(run))
    assert opened.best is not None
    assert (opened.best.candidate["learning_rate"], opened.final) == (0.1, None)
    message = "the model is of an earlier state of this run (run the search again: it goes on, and trains the best)"
    ended = call("predict", run, file)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.endswith(f"{run}: {message}\n")
    assert usage_lines(opened) == []

    searched(tmp_path, dataset, one_hot_max=2, learning_rate=[0.01, 0.1])
    assert call("predict", run, file).code == 0
    # Smaller again: the model of its best was trained once, but it is not in the folder any more.
    with monkeypatch.context() as context:
        for name in ("refit", "drop_other"):
            context.setattr(f"kerasgrid.run.run_model.RunModel.{name}", killed)
        with pytest.raises(SystemError, match="killed"):
            searched(tmp_path, dataset, one_hot_max=2)
    final = open_run(str(run)).final
    assert final is not None
    assert final.status == "ok"
    assert call("predict", run, file).err.endswith(f"{run}: {message}\n")


def test_a_run_of_before_its_model_was_told_apart_predicts(people: Path, call: Call, tmp_path: Path) -> None:
    shutil.copytree(people, tmp_path / "run")
    with Store.create_or_open(tmp_path / "run") as store:
        store.set_meta(model=None)
    assert call("predict", tmp_path / "run", people.parent / "people.csv").code == 0


def test_files_that_were_put_together_keep_each_row_s_prediction(
    people: Path, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in a file of more rows than are read at once.
    monkeypatch.setattr("kerasgrid.data.csv_cells._CELLS_AT_ONCE", 1)
    monkeypatch.setattr("kerasgrid.data.csv_cells._FEWEST_ROWS", 7)
    header, *rows = (people.parent / "people.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "once.csv").write_text("\n".join([header, *rows[:40]]) + "\n", encoding="utf-8")
    (tmp_path / "new.csv").write_text(
        "\n".join([header, *rows[:20], header, *rows[20:40], header]) + "\n", encoding="utf-8"
    )
    ended = call("predict", people, tmp_path / "new.csv")
    assert ended.code == 0
    assert ended.err.splitlines()[0] == "kerasgrid: 2 rows that repeat the header left out"
    assert len(ended.out.splitlines()) == 41
    assert ended.out == call("predict", people, tmp_path / "once.csv").out


@pytest.mark.parametrize(("change", "n"), [("more", 1), ("fewer", -1)])
def test_a_file_that_changes_meanwhile_is_told_of(people: Path, tmp_path: Path, change: str, n: int) -> None:
    lines = (people.parent / "people.csv").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "new.csv"
    path.write_text("\n".join(lines[:31]) + "\n", encoding="utf-8")
    found = predict_run(str(people), path)
    path.write_text("\n".join(lines[: 31 + n]) + "\n", encoding="utf-8")
    message = rf"new\.csv: must not change while its rows are predicted, got 30 predictions and {change} rows \(predict"
    with pytest.raises(DataError, match=message):
        list(found.parts())
