"""What ``kerasgrid list`` and ``kerasgrid check`` print."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NoReturn

import numpy as np
import pytest
from support.plans import counted, plan_of, space

from kerasgrid.axes.families import FAMILIES
from kerasgrid.axes.losses import LOSSES
from kerasgrid.axes.names import ACTIVATIONS, OPTIMIZERS, TASKS
from kerasgrid.axes.parameters import PARAMETERS
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.sources import load_dataset, named_sources
from kerasgrid.errors import SpaceError
from kerasgrid.fits.deadline import Deadline
from kerasgrid.fits.metric import METRICS
from kerasgrid.races.race import RACES
from kerasgrid.reports.text.listing import check_lines, list_lines
from kerasgrid.run.forecast import Forecast
from kerasgrid.run.planning import make_plan
from kerasgrid.space.files import bundled_spaces, load_space
from kerasgrid.space.spec import space_from_dict
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    from kerasgrid.engine.check import count_structures


def test_everything_is_listed() -> None:
    lines = list_lines()
    headings = [line for line in lines if line and not line.startswith(" ")]
    assert headings == [
        "Spaces (kerasgrid search NAME)",
        "Data sets (dataset)",
        "Models (model)",
        "Metrics (metric, metrics, curve_metrics)",
        "Races (race)",
        "Losses (params, loss)",
        "Parameters (params)",
    ]
    words = {line.split()[0].rstrip(":") for line in lines if line.startswith("  ") and not line.startswith("   ")}
    assert words == {*bundled_spaces(), *named_sources(), "FILE.npz,", *FAMILIES, *PARAMETERS, *TASKS, *RACES, *LOSSES}
    text = "\n".join(lines)
    for name in (*OPTIMIZERS, *ACTIVATIONS, *METRICS):
        assert f" {name}" in text


def test_some_lines_in_full() -> None:
    lines = list_lines()
    for line in (
        "  fmnist_small                    A taste of fmnist: 8 candidates on 4,000 images, for trying things out in "
        "under a minute.",
        "  digits         8×8 grey digits, 1,437 to train and 360 to test; comes with scikit-learn",
        "  FILE.npz, FILE.csv, FILE.tsv, FILE.tab, FILE.txt, FILE.dat, FILE.parquet, FILE.xlsx, FILE.xlsm, "
        "FILE.json, FILE.jsonl, FILE.ndjson, FOLDER  your own: "
        '{"path": "mine.npz"}, {"path": "mine.csv", "target": "label"}, {"path": "mine.parquet", "target": "label"}, '
        '{"path": "mine.xlsx", "target": "label"}, {"path": "mine.json", "target": "label"}, '
        '{"path": "folder of images", "size": [64, 64]}',
        "  folds   candidates that cannot win any more are trained on no further folds",
        "  mlp     dense layers on the flattened input",
        "  kernel_size (cnn only): side of the square convolution kernels, in pixels",
        "      a whole number of at least 1; default 3",
        "      a number of at least 0; default 0, 0.004 for AdamW, 0.004 for Muon",
        "      a list of whole numbers, each at least 1; or an object of layers, units and shape; default 128",
        # The same long list of names stands there once.
        "      as activation; default softmax, linear for regression, sigmoid for multilabel, sigmoid for "
        "binary_crossentropy, sigmoid for binary_focal_crossentropy, linear for hinge, linear for squared_hinge, "
        "linear for categorical_hinge, softplus for mean_squared_logarithmic_error, softplus for poisson",
        "  multilabel: loss, binary_accuracy, exact_match; if asked for f1_macro, f1_micro, f1_weighted, f1_samples,",
        "  quantile                         pinball loss of one quantile (Koenker and Bassett 1978)",
    ):
        assert line in lines
    assert not any(line != line.rstrip() for line in lines)


def test_a_check_of_digits() -> None:
    space = load_space("digits")
    plan, _ = make_plan(space, load_dataset(name="digits"))
    assert check_lines(plan, counted(plan)) == [
        "digits: the space is valid",
        "data        digits, 1,437 to train, 360 to test, inputs 8×8 (scikit-learn)",
        "candidates  12 × 3 folds = 36 fits, compared by accuracy",
        "a fit       958 samples, 300 iterations",
        "models      4 to compile, 1,000 to 4,000 weights",
        "         1,000 weights, 3 candidates  activation relu, hidden_units 32",
        "         2,000 weights, 3 candidates  activation relu, hidden_units 64×32",
        "         3,000 weights, 3 candidates  activation tanh, hidden_units 32",
        "         4,000 weights, 3 candidates  activation tanh, hidden_units 64×32",
    ]


def images() -> Dataset:
    y = np.arange(30) % 3
    return Dataset("made", np.zeros((30, 8, 8), np.float32), y, None, None, "classification", ("a", "b", "c"), "made")


DOCUMENT: dict[str, Any] = {"name": "both", "dataset": "digits", "validation_split": 0.2}


def test_a_check_of_an_axis_of_models() -> None:
    params = [
        {"model": "mlp", "hidden_units": [[4]], "epochs": [1, 2], "batch_size": [8, 16]},
        {"model": "cnn", "conv_filters": [[2], [2, 3]], "hidden_units": [[4]], "l2": [0.0, 0.1]},
    ]
    plan, _ = make_plan(space_from_dict({**DOCUMENT, "params": params}), images())
    with quiet_stderr():
        structures = count_structures(plan.candidates, images())
    assert all(10**8 < group.n_bytes < 2 * 10**8 for group in structures)
    # 8·8·4 + 4 + 4·3 + 3; 9·2 + 2 + 4·4·2·4 + 4 + 15; 20 + 9·2·3 + 3 + 2·2·3·4 + 4 + 15
    assert check_lines(plan, structures) == [
        "both: the space is valid",
        "data        made, 30 to train, 0 to test, inputs 8×8 (made)",
        "candidates  8 × one hold-out split = 8 fits, compared by accuracy",
        "a fit       24 samples, 2 to 10 iterations",
        "models      5 to compile, 144 to 275 weights",
        "           275 weights, 4 candidates  batch_size 8, model mlp",
        "           167 weights, 1 candidate  conv_filters 2, l2 0, model cnn",
        "           167 weights, 1 candidate  conv_filters 2, l2 0.1, model cnn",
        "           144 weights, 1 candidate  conv_filters 2×3, l2 0, model cnn",
        "           144 weights, 1 candidate  conv_filters 2×3, l2 0.1, model cnn",
    ]


def test_a_check_of_one_candidate() -> None:
    plan, _ = make_plan(space_from_dict({**DOCUMENT, "metric": "loss", "params": {"epochs": 3}}), images())
    assert check_lines(plan, counted(plan))[2:] == [
        "candidates  1 × one hold-out split = 1 fit, compared by loss",
        "a fit       24 samples, 3 iterations",
        "models      1 to compile, 1,000 weights",
        "         1,000 weights, 1 candidate",
    ]


def test_check_tells_what_a_valid_space_does_not_do() -> None:
    start = [{"learning_rate": rate} for rate in (0.001, 0.002, 0.003)]
    plan = plan_of(space(strategy="bayes", trials=2, start=start))
    lines = check_lines(plan, counted(plan))
    place = next(place for place, line in enumerate(lines) if line.startswith("candidates"))
    assert lines[place + 1] == "            start has 3 candidates, trials is 2: the others are not tried"


def test_many_models_are_cut_short() -> None:
    sizes = [[n] for n in range(1, 24)]
    plan, _ = make_plan(space_from_dict({**DOCUMENT, "params": {"hidden_units": sizes}}), images())
    lines = check_lines(plan, counted(plan))
    assert len(lines) == 5 + 20 + 1
    assert lines[-2:] == ["        20,000 weights, 1 candidate  hidden_units 20", "  and 3 more"]


def test_a_model_that_cannot_be_built_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: object) -> NoReturn:
        raise MemoryError("4 TB\nare too much")

    monkeypatch.setattr("kerasgrid.engine.check.build_model_for", no_memory)
    space = space_from_dict({**DOCUMENT, "params": {"hidden_units": [[1_000_000] * 2], "epochs": 1}})
    plan, _ = make_plan(space, images())
    message = r"^params: epochs 1, hidden_units .*: a model cannot be built, got MemoryError: 4 TB are too much$"
    with pytest.raises(SpaceError, match=message):
        count_structures(plan.candidates, images())


@pytest.mark.parametrize(
    ("limit", "line"),
    [
        (None, "time        about 2 min 0 s on 2 workers"),
        (120, "time        about 2 min 0 s on 2 workers; 2 min 0 s cover all fits"),
        (65, "time        about 2 min 0 s on 2 workers; 1 min 5 s cover about 27 of 60 fits"),
        (20, "time        about 2 min 0 s on 2 workers; 20.0 s cover no fit"),
    ],
)
def test_what_a_search_takes_and_what_a_time_covers(limit: float | None, line: str) -> None:
    plan = plan_of()
    lines = check_lines(plan, counted(plan), (), Forecast(60, 2, 120.0, 100.0), limit and Deadline(limit))
    assert line in lines


@pytest.mark.parametrize(
    ("needed", "what"),
    [(3 * 10**9, []), (9 * 10**9, ["those fits are trained one at a time"]), (20 * 10**9, ["those fits will fail"])],
)
def test_a_check_tells_of_fits_without_memory(needed: int, what: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kerasgrid.reports.text.listing.available_memory", lambda: 8 * 10**9)
    monkeypatch.setattr("kerasgrid.reports.text.listing.own_memory", lambda: 2 * 10**9)
    plan, _ = make_plan(space_from_dict({**DOCUMENT, "metric": "loss", "params": {"epochs": 3}}), images())
    structures = [replace(one, n_bytes=needed) for one in counted(plan)]
    forecast = Forecast(n_fits=1, n_workers=2, seconds=1.0, seconds_of_fits=1.0)
    told = [line for line in check_lines(plan, structures, forecast=forecast) if line.startswith("memory")]
    gigabytes = needed // 10**9
    assert told == [
        f"memory      about {gigabytes}.0 GB for a fit, of 10.0 GB that can be had: {text}" for text in what
    ]
