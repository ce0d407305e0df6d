"""What every model family keeps. Inherit it, and say which shapes the family takes and which it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from kerasgrid.axes.candidate import Candidate, Value
from kerasgrid.axes.class_weights import ClassWeights
from kerasgrid.axes.families import FAMILIES, ModelFamily
from kerasgrid.axes.objects import Fields, Variants
from kerasgrid.axes.parameter import Parameter
from kerasgrid.axes.parameters import parameters_of, resolve
from kerasgrid.errors import SpaceError
from kerasgrid.models.shapes import check_shapes
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    import keras

    from kerasgrid.models.factory import build_model

N_OUTPUTS = 3
PROBE = """
import json, sys
from kerasgrid.axes.parameters import resolve
from kerasgrid.errors import SpaceError
from kerasgrid.models.shapes import check_shapes
params, shapes = json.loads(sys.argv[1])
messages = []
for shape in shapes:
    try:
        check_shapes(resolve(params, "classification"), tuple(shape))
    except SpaceError as error:
        messages.append(str(error))
assert "keras" not in sys.modules and "tensorflow" not in sys.modules
print(json.dumps(messages))
"""


class FamilyContract:
    """The suite.

    Attributes:
        name: The family's.
        shapes: Shapes of samples that it takes, at least one.
        refused: Shapes that it refuses.
        params: What makes its models small, and has something of all that hyperparameters change.
        is_bundled: Whether other processes know it without being told.
    """

    name: ClassVar[str]
    shapes: ClassVar[Sequence[tuple[int, ...]]]
    refused: ClassVar[Sequence[tuple[int, ...]]] = ()
    params: ClassVar[Mapping[str, Any]] = {}
    is_bundled: ClassVar[bool] = True

    @property
    def family(self) -> ModelFamily:
        return FAMILIES[self.name]

    def built(self, shape: tuple[int, ...] | None = None, seed: int | None = 1, **params: Any) -> keras.Model:
        given = {"model": self.name, **self.params, **params}
        return build_model(given, self.shapes[0] if shape is None else shape, N_OUTPUTS, seed=seed)

    def test_the_row_is_sound(self) -> None:
        assert self.name.isidentifier()
        description = self.family.description
        assert description
        assert "\n" not in description
        assert not description.endswith(".")
        for name, default in self.family.defaults.items():
            (parameter,) = [one for one in parameters_of(self.name) if one.name == name]
            assert parameter.normalise(default, "") == default

    def test_it_builds_from_every_shape_that_it_takes(self) -> None:
        for shape in self.shapes:
            model = self.built(shape)
            assert (model.input_shape, model.output_shape) == ((None, *shape), (None, N_OUTPUTS))
            assert not model.compiled
            assert self.built(shape, seed=None).count_params() == model.count_params()
            outputs = np.asarray(model(samples(shape)))
            assert outputs.shape == (4, N_OUTPUTS)
            assert np.isfinite(outputs).all()

    def test_its_defaults_build(self) -> None:
        assert build_model({"model": self.name}, self.shapes[0], N_OUTPUTS).output_shape == (None, N_OUTPUTS)
        regression = build_model({"model": self.name}, self.shapes[0], 1, "regression")
        assert regression.output_shape == (None, 1)

    def test_a_seed_makes_the_weights(self) -> None:
        one, same, other = (self.built(seed=seed).get_weights() for seed in (1, 1, 2))
        for weight, again in zip(one, same, strict=True):
            np.testing.assert_array_equal(weight, again)
        assert any(not np.array_equal(weight, another) for weight, another in zip(one, other, strict=True))

    def test_other_shapes_are_refused_alike_with_and_without_keras(self) -> None:
        given = {"model": self.name, **self.params}
        messages = []
        for shape in self.refused:
            with pytest.raises(SpaceError, match=r"^(model|params\.\w+): ") as caught:
                self.built(shape)
            messages.append(str(caught.value))
            assert "\n" not in messages[-1]
        arguments = json.dumps([given, [*map(list, self.shapes), *map(list, self.refused)]])
        if self.is_bundled:
            ended = subprocess.run(
                [sys.executable, "-c", PROBE, arguments], capture_output=True, text=True, check=False
            )
            assert ended.returncode == 0, ended.stderr
            assert json.loads(ended.stdout) == messages

    def test_every_hyperparameter_of_its_parts_changes_the_model(self) -> None:
        own = [parameter for parameter in parameters_of(self.name) if parameter.part in self.family.parts]
        assert own
        assert {parameter.part for parameter in own} == set(self.family.parts)
        for parameter in own:
            value, shape = self.another(parameter)
            changed = what_makes(self.built(shape, **{parameter.name: value}))
            assert changed != what_makes(self.built(shape)), f"{parameter.name} {value}"

    def test_hyperparameters_of_the_training_do_not_change_the_model(self) -> None:
        for parameter in parameters_of(self.name):
            # But for the loss, which says how many outputs there are, and of which activation.
            if parameter.part not in self.family.parts and parameter.beside is None and parameter.name != "loss":
                value, shape = self.another(parameter)
                changed = what_makes(self.built(shape, **{parameter.name: value}))
                assert changed == what_makes(self.built(shape)), parameter.name

    def test_its_layers_are_keras_own_or_registered(self) -> None:
        for layer in self.built().layers:
            cls = type(layer)
            assert cls.__module__.startswith("keras.") or ">" in keras.saving.get_registered_name(cls), layer.name

    # Keras's own save does that under numpy 2.
    @pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
    def test_it_saves_and_loads(self, tmp_path: Path) -> None:
        model = self.built()
        model.save(tmp_path / "model.keras")
        again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
        x = samples(self.shapes[0])
        np.testing.assert_allclose(np.asarray(again(x)), np.asarray(model(x)), atol=1e-6)

    def test_its_cost_is_known_or_it_is_never_compiled(self) -> None:
        for shape in self.shapes:
            resolved = Candidate({"model": self.name, **self.params}).resolved("classification").params
            cost = self.family.cost(resolved, shape, N_OUTPUTS)
            assert cost is None or (cost.n_weights > 0 and cost.n_parts > 0)

    def another(self, parameter: Parameter) -> tuple[Value, tuple[int, ...]]:
        """Return another value than the one that :meth:`built` has, which suits the task, and a shape that it takes."""
        base = {"model": self.name, **self.params}
        now = resolve(base, "classification")[parameter.name]
        for value, shape in product(_values(parameter, now), self.shapes):
            try:
                check_shapes(resolve({**base, parameter.name: value}, "classification"), shape)
            except SpaceError:
                continue
            return value, shape
        raise AssertionError(f"{parameter.name} has no other value than {now}")


def samples(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(0).random((4, *shape), np.float32)


def what_makes(model: keras.Model) -> tuple[str, tuple[bytes, ...]]:
    """Return what tells models apart: the layers with their options, and the weights."""
    layers = [(type(layer).__name__, {**layer.get_config(), "name": ""}) for layer in model.layers]
    return json.dumps(layers, default=str), tuple(weight.tobytes() for weight in model.get_weights())


def _values(parameter: Parameter, now: Value) -> list[Value]:
    """Return values of a parameter other than this one, likely ones first."""
    form = parameter.form
    if isinstance(form, ClassWeights):
        return ["balanced"]
    if isinstance(form, Variants):
        return [name for name in form.table if name != now]
    if isinstance(form, Fields):
        fields = [(row, value) for row in form.rows.values() for value in _values(row, row.default)]
        found = []
        for row, value in fields:
            # Some fields say nothing by themselves.
            with suppress(SpaceError):
                found.append(parameter.normalise({row.name: value}, ""))
        return found
    by_kind: Mapping[str, Sequence[Value]] = {
        "bool": (True, False),
        "name": tuple(parameter.names),
        "text": (),
        "sizes": ((5,), (2, 3)),
        "int": (2, 3, 1),
        "float": (0.5, 0.25),
        "any": (1,),
    }
    return [value for value in by_kind[parameter.kind] if value != now]
