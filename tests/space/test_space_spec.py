import json
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.strategies import space_documents

from kerasgrid.errors import SpaceError
from kerasgrid.space.spec import Space, space_from_dict


def document(**changes):
    values = {"name": "mine", "dataset": "digits", "params": {"epochs": 3}, **changes}
    return {key: value for key, value in values.items() if value is not ...}


def refuses(message, **changes):
    with pytest.raises(SpaceError, match=f"^{re.escape(message)}$"):
        space_from_dict(document(**changes))


def test_defaults():
    space = space_from_dict(document())
    assert (space.model, space.strategy, space.cv, space.seed, space.race) == ("mlp", "grid", 3, 0, None)
    assert "trials" not in space.to_dict()
    assert (space.validation_split, space.metric, space.description) == (None, None, "")
    assert space.dataset.name == "digits"
    assert space.dataset.seed == 0
    assert space_from_dict(document(strategy="random")).to_dict()["trials"] == 100
    assert space_from_dict(document(validation_split=0.2)).cv is None


def test_a_space_is_frozen():
    with pytest.raises(ValueError, match="frozen"):
        space_from_dict(document()).seed = 3


def test_it_does_not_hold_on_to_the_document():
    raw = document(params={"hidden_units": ((4,), np.array([8]).tolist()), "learning_rate": np.float32(0.5)})
    space = space_from_dict(raw)
    raw["params"]["epochs"] = 5
    assert space.params == {"hidden_units": [[4], [8]], "learning_rate": 0.5}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ...}, "name: is missing"),
        ({"params": ...}, "params: is missing"),
        ({"dataset": ...}, "dataset: is missing"),
        (
            {"name": "a/b"},
            'name: must be letters, digits, - _ and ., a letter or digit first, at most 100 in all, got "a/b"',
        ),
        (
            {"name": ".."},
            'name: must be letters, digits, - _ and ., a letter or digit first, at most 100 in all, got ".."',
        ),
        ({"name": 3}, "name: must be a string, got 3"),
        ({"stratgy": "grid"}, "stratgy: unknown key (did you mean strategy?)"),
        ({"stratgy": None}, "stratgy: unknown key (did you mean strategy?)"),
        (
            {"zzzz": 1},
            "zzzz: unknown key (known are name, description, dataset, model, strategy, trials, rounds, per_round, "
            "memory_size, memory_rate, pitch_rate, bandwidth, race, cv, validation_split, repeats, metric, metrics, "
            "curve_metrics, seed, curve_every, baselines, keep_states, confirm, ensemble, explain, baseline, "
            "candidates, start, params)",
        ),
        ({"learning_rate": 0.1}, "learning_rate: unknown key (a parameter goes into params)"),
        (
            {"strategy": "gird"},
            "strategy: must be 'grid', 'random', 'one_factor', 'list', 'bayes', 'tpe' or 'harmony', got \"gird\"",
        ),
        (
            {"race": "evry"},
            "race: must be true, false, 'every', 'folds' or 'epochs', got \"evry\" (did you mean every?)",
        ),
        ({"race": 1}, "race: must be true, false, 'every', 'folds' or 'epochs', got 1"),
        ({"race": ["folds"]}, "race: must be true, false, 'every', 'folds' or 'epochs', got [\"folds\"]"),
        (
            {"metric": "accurcy"},
            'metric: must be a metric, got "accurcy" (did you mean accuracy? kerasgrid list names all)',
        ),
        ({"metric": "??"}, 'metric: must be a metric, got "??" (kerasgrid list names them)'),
        ({"metrics": ["f1_macro", 3]}, "metrics[1]: must be a metric, got 3 (kerasgrid list names them)"),
        ({"metrics": {"a": 1}}, 'metrics: must be a list of metrics, got {"a": 1}'),
        ({"curve_metrics": ["f1_macro", "f1_macro"]}, 'curve_metrics: metrics must differ, got "f1_macro" twice'),
        ({"seed": -1}, "seed: must be at least 0, got -1"),
        ({"seed": 2**32}, "seed: must be at most 4294967295, got 4294967296"),
        ({"dataset": {"name": "a", "seed": 2**40}}, "dataset.seed: must be at most 4294967295, got 1099511627776"),
        ({"curve_every": 10**30}, f"curve_every: must be at most 1000000000, got {10**30}"),
        ({"seed": True}, "seed: must be a whole number, got true"),
        ({"cv": 1}, "cv: must be at least 2, got 1"),
        ({"repeats": 0}, "repeats: must be at least 1, got 0"),
        ({"repeats": 1001}, "repeats: must be at most 1000, got 1001"),
        ({"repeats": 1.5}, "repeats: must be a whole number, got 1.5"),
        ({"cv": "3"}, 'cv: must be a whole number, got "3"'),
        ({"validation_split": 1.0}, "validation_split: must be below 1, got 1.0"),
        ({"validation_split": 0}, "validation_split: must be above 0, got 0"),
        (
            {"cv": 3, "validation_split": 0.2},
            "must have either cv or validation_split, got cv=3, validation_split=0.2",
        ),
        (
            {"trials": 5},
            "trials: goes with the strategies random, bayes, tpe and harmony only (a grid tries every combination)",
        ),
        ({"strategy": "random", "trials": 0}, "trials: must be at least 1, got 0"),
        ({"strategy": "random", "trials": 100_001}, "trials: must be at most 100000, got 100001"),
        ({"model": "mpl"}, 'model: must be one of mlp, cnn, lenet5, got "mpl" (did you mean mlp?)'),
        ({"model": ["mlp", "mlp"]}, 'model: choices must differ, got "mlp" twice'),
        ({"model": []}, "model: must have at least one choice, got []"),
        ({"model": 3}, "model: must be one of mlp, cnn, lenet5, got 3"),
        ({"dataset": 3}, "dataset: must be a name or an object, got 3"),
        ({"dataset": {}}, "dataset: must have either name or path, got neither"),
        ({"dataset": {"name": "a", "path": "b"}}, "dataset: must have either name or path, got both"),
        ({"dataset": {"name": "a", "target": "b"}}, "dataset.target: goes with path only"),
        ({"dataset": {"name": "a", "task": "regression"}}, "dataset.task: goes with path only"),
        (
            {"dataset": {"path": "a", "task": "regresion"}},
            "dataset.task: must be 'classification', 'regression' or 'multilabel', got \"regresion\"",
        ),
        ({"dataset": {"nmae": "a"}}, "dataset.nmae: unknown key (did you mean name?)"),
        ({"dataset": {"name": "a", "train_size": 0}}, "dataset.train_size: must be at least 1, got 0"),
        (
            {"dataset": "mine.csv"},
            'dataset: must be a name, not a file, got "mine.csv" (write {"path": "mine.csv"})',
        ),
        ({"params": 3}, "params: must be an object or a list of objects, got 3"),
        ({"params": []}, "params: must have at least one object, got []"),
        ({"params": [{}, 3]}, "params[1]: must be an object, got 3"),
        (
            {"params": {"lerning_rate": 1}},
            "params.lerning_rate: there is no such parameter (did you mean learning_rate?)",
        ),
        ({"params": {"kernel_size": 3}}, "params.kernel_size: the model mlp does not take it (cnn does)"),
        (
            {"params": [{"epochs": 3}, {"model": "cnn", "input_dropout": 0.1}]},
            "params[1].input_dropout: the model cnn does not take it (mlp does)",
        ),
        ({"params": {"model": "mpl"}}, 'params.model: must be one of mlp, cnn, lenet5, got "mpl" (did you mean mlp?)'),
        (
            {"params": {"learning_rate": {"log_uniform": {"low": 0.001, "high": 0.1}}}},
            "params.learning_rate.log_uniform: a grid takes lists, lin_space or log_space, no distribution "
            "(the random strategy draws from one)",
        ),
        (
            {"params": {"batch_size": {"int_uniform": {"low": 16, "high": 64}}}},
            "params.batch_size.int_uniform: a grid takes lists, lin_space or log_space, no distribution "
            "(the random strategy draws from one)",
        ),
        (
            {"params": {"momentum": [0.0, 0.9], "optimizer": ["SGD", "Adam"]}},
            'params.momentum: only SGD, momentum and nesterov take it, got optimizer "Adam" '
            "(params may be a list of objects, one with momentum and one without)",
        ),
        (
            {"params": [{"momentum": 0.9}]},
            'params[0].momentum: only SGD, momentum and nesterov take it, got optimizer "Adam" '
            "(params may be a list of objects, one with momentum and one without)",
        ),
        (
            {"params": {"init_stddev": [None, 0.1], "kernel_initializer": "he_normal"}},
            'params.init_stddev: must not be set together with kernel_initializer, got kernel_initializer "he_normal" '
            "(params may be a list of objects, one with each)",
        ),
        (
            {"cv": 1, "seeed": 0, "params": {"epochs": 0, "dropout": [], "zzzzzzz": 1, "dropuot": 1}},
            None,
        ),
    ],
)
def test_messages(changes, message):
    if message is not None:
        return refuses(message, **changes)
    with pytest.raises(SpaceError) as caught:
        space_from_dict(document(**changes), where="mine.json")
    lines = str(caught.value).split("\n  ")
    assert lines[0] == "mine.json: 6 problems"
    assert sorted(line.split(":")[0] for line in lines[1:]) == [
        "cv",
        "params.dropout",
        "params.dropuot",
        "params.epochs",
        "params.zzzzzzz",
        "seeed",
    ]
    return None


def test_an_error_keeps_its_parts_and_names_the_file():
    with pytest.raises(SpaceError, match=r"^mine.json: params.epochs: must be") as caught:
        space_from_dict(document(params={"epochs": 0}), where="mine.json")
    assert caught.value.where == "mine.json: params.epochs"
    assert caught.value.got == "0"


def test_a_document_must_be_an_object():
    with pytest.raises(SpaceError, match=r"^a space must be a JSON object, got \[1\]$"):
        space_from_dict([1])


def test_neither_init_stddev_null_nor_random_normal_contradicts():
    space_from_dict(document(params={"init_stddev": None, "kernel_initializer": "he_normal"}))
    space_from_dict(document(params={"init_stddev": 0.1, "kernel_initializer": "normal"}))


def test_metric_for():
    assert space_from_dict(document()).metric_for("classification") == "accuracy"
    assert space_from_dict(document()).metric_for("regression") == "mse"
    assert space_from_dict(document(metric="r2")).metric_for("regression") == "r2"
    with pytest.raises(
        SpaceError,
        match=r'^metric: must suit the task regression, got "accuracy" \(one of mse, mae, r2, loss, or another that '
        r"kerasgrid list names, by --metric or in the space\)$",
    ):
        space_from_dict(document(metric="accuracy")).metric_for("regression")


def test_metrics_besides():
    space = space_from_dict(document(metric="f1_macro", metrics=["accuracy", "roc_auc_ovr"], curve_metrics="f1_macro"))
    # What every fit records needs no asking.
    assert space.metrics_for("classification") == ("f1_macro", "roc_auc_ovr")
    assert space.to_dict()["metrics"] == ["accuracy", "roc_auc_ovr"]
    assert space_from_dict(space.to_dict()) == space
    assert "metrics" not in space_from_dict(document()).to_dict()
    assert space_from_dict(document()).metrics_for("classification") == ()
    with pytest.raises(SpaceError, match=r'^metrics: must suit the task multilabel, got "accuracy" \(one of '):
        space_from_dict(document(metrics=["accuracy"])).check_task("multilabel")
    with pytest.raises(
        SpaceError, match=r'^curve_metrics: must suit the task regression, got "f1_macro" \(one of mse, '
    ):
        space_from_dict(document(curve_metrics=["f1_macro"])).check_task("regression")


def test_check_task():
    space = space_from_dict(document(params={"loss": ["sparse_categorical_crossentropy", "mse"]}))
    space.check_task("classification")
    with pytest.raises(SpaceError, match=r"^params.loss: must suit the task regression, got "):
        space.check_task("regression")
    with pytest.raises(SpaceError, match=r"^params.output_activation: must never be negative with the loss "):
        space_from_dict(document(params={"output_activation": ["softmax", "tanh"]})).check_task("classification")
    with pytest.raises(ValueError, match="unknown task 'clustering'"):
        space.check_task("clustering")


SPARSE, MSE = "sparse_categorical_crossentropy", "mean_squared_error"


@pytest.mark.parametrize(
    "params",
    [{"loss": [SPARSE, "mse"]}, [{"loss": SPARSE}, {"loss": "mse"}], [{"epochs": 2}, {"loss": "mse"}]],
    ids=str,
)
def test_losses_of_different_kinds_do_not_compare(params):
    message = f"metric: losses of different kinds do not compare, got the losses {SPARSE}, {MSE} (compare by accuracy)"
    with pytest.raises(SpaceError, match=f"^{re.escape(message)}$"):
        space_from_dict(document(metric="loss", params=params)).check_task("classification")
    space_from_dict(document(metric="accuracy", params=params)).check_task("classification")
    space_from_dict(document(params=params)).check_task("classification")


@pytest.mark.parametrize("params", [{}, {"loss": "mse"}, [{"epochs": 2}, {"loss": SPARSE}]], ids=str)
def test_losses_of_one_kind_compare(params):
    space_from_dict(document(metric="loss", params=params)).check_task("classification")
    if params == {"loss": "mse"}:
        space_from_dict(document(metric="loss", params=params)).check_task("regression")


def test_models():
    assert space_from_dict(document(model=["cnn", "mlp"])).models == ("cnn", "mlp")
    space = space_from_dict(document(params=[{"model": "cnn", "kernel_size": [3, 5]}, {}]))
    assert space.models == ("cnn", "mlp")
    assert [block.model for block in space.blocks] == ["cnn", "mlp"]


def test_changed():
    space = space_from_dict(document(strategy="random", trials=7))
    assert space.changed(trials=9, seed=4).to_dict()["trials"] == 9
    assert "trials" not in space.changed(strategy="grid").to_dict()
    assert space.changed(validation_split=0.3).cv is None
    assert space.changed(validation_split=0.3).changed(cv=5).validation_split is None
    assert space.changed(dataset="mnist").dataset.name == "mnist"
    with pytest.raises(SpaceError, match=r"^trials: must be at least 1, got 0$"):
        space.changed(trials=0)


def test_to_json_is_what_was_asked():
    raw = document(params=[{"activation": ["swish"]}], dataset={"path": "a.csv", "target": "b"}, model=["cnn", "mlp"])
    assert json.loads(space_from_dict(raw).to_json()) == {**raw, "strategy": "grid", "cv": 3, "repeats": 1, "seed": 0}
    assert list(json.loads(space_from_dict(document()).to_json())) == [
        "name",
        "dataset",
        "model",
        "strategy",
        "cv",
        "repeats",
        "seed",
        "params",
    ]


@given(st.sampled_from(["grid", "random"]).flatmap(space_documents))
def test_to_json_goes_round(raw):
    space = space_from_dict(raw)
    again = space_from_dict(json.loads(space.to_json()))
    assert again == space
    assert again.blocks == space.blocks
    assert again.to_json() == space.to_json()


def test_a_compared_space_may_have_parsed_its_blocks():
    one, other = space_from_dict(document()), space_from_dict(document())
    assert one.blocks
    assert one == other
    assert isinstance(one, Space)


def test_importing_the_package_imports_nothing_slow():
    code = "import sys, kerasgrid.space.files, kerasgrid.space.grid, kerasgrid.space.schema; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"tensorflow", "keras", "sklearn", "scipy", "numpy", "pandas"} & set(done.stdout.split())
