"""Model families: what there is to train. A family is a row, and its builder is imported when a model is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from kerasgrid.axes.value import Value
from kerasgrid.registry import Registry

if TYPE_CHECKING:
    import keras

TRAINING = "training"
"""The part of every model that is none of its layers: the optimizer, the loss and the loop."""

DATA = "data"
"""The part of every model that stands in front of its layers: what it is told of the data."""


@dataclass(frozen=True, slots=True)
class Cost:
    """How large a model is, from which follows whether compiling it by XLA pays.

    Attributes:
        n_weights: Weights of its matrix products.
        n_parts: Layers of weights, batch norms and dropouts.
    """

    n_weights: int
    n_parts: int


Params = Mapping[str, Any]
"""Resolved hyperparameters by name."""

Build = Callable[[Params, tuple[int, ...], int, int | None], "keras.Model"]
"""From parameters, shape of one sample, number of outputs and seed of the initial weights to an uncompiled model."""

ShapeCheck = Callable[[Params, tuple[int, ...]], None]
"""Raises :class:`~kerasgrid.errors.SpaceError` if the model cannot take samples of this shape. Imports no Keras."""

CostOf = Callable[[Params, tuple[int, ...], int], Cost | None]
"""From parameters, shape of one sample and number of outputs; None: never compiled by XLA. Imports no Keras."""


ProductsOf = Callable[[Params, tuple[int, ...], int], int | None]
"""From parameters, shape of one sample and number of outputs to the multiplications and additions that the layers of
weights take of one sample, forwards; None where that is not known. Imports no Keras."""


class OnFirstUse:
    """A function by its full name, ``module:function``, which is imported when it is first called.

    A row that names its functions in this way is read without Keras.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *args: Any) -> Any:
        """Call the function, and return what it returns."""
        return self._function(*args)

    def __repr__(self) -> str:
        return f"OnFirstUse({self.name!r})"

    @cached_property
    def _function(self) -> Callable[..., Any]:
        module, _, function = self.name.partition(":")
        found: Callable[..., Any] = getattr(import_module(module), function)
        return found


def any_shape(params: Params, input_shape: tuple[int, ...]) -> None:
    """Take every shape."""


def never_compiled(params: Params, input_shape: tuple[int, ...], n_outputs: int) -> None:
    """Gain nothing from XLA."""


def unknown_products(params: Params, input_shape: tuple[int, ...], n_outputs: int) -> int | None:
    """Say nothing of how much there is to multiply."""
    return None


FEW_FILTERS, LARGE_KERNEL = 6, 5
"""The most filters and the smallest kernel of a convolution of grey images that the engine computes with the batch last
(:mod:`kerasgrid.engine.quick_layers`), and what follows it likewise."""


def never_narrow(params: Params) -> bool:
    """Have no such convolutions."""
    return False


def always_narrow(params: Params) -> bool:
    """Have such convolutions."""
    return True


def is_narrow_cnn(params: Params) -> bool:
    """Return whether one of ``conv_filters`` is few, of large kernels."""
    return params["kernel_size"] >= LARGE_KERNEL and min(params["conv_filters"], default=FEW_FILTERS + 1) <= FEW_FILTERS


@dataclass(frozen=True, eq=False)
class ModelFamily:
    """One row of the table of models.

    Which hyperparameters its models take follows from its parts: those of the training, and those of each of its
    parts. So a family with a hyperparameter of its own is two rows::

        FAMILIES.add(ModelFamily("wide", "one wide layer", ("layers", "wide"), build=build_wide))
        PARAMETERS.add(Parameter("width", "int", "units of the layer", "wide", structural=True, default=512, low=1))

    Attributes:
        name: Its name in a space's ``model``.
        description: What it is, in one line.
        parts: Of which parts its models are; a row of :data:`kerasgrid.axes.parameters.PARAMETERS` names its own.
            The parts of kerasgrid's models are ``layers`` (of any kind), ``hidden`` (dense layers before the output),
            ``input``, ``convolution`` and ``lenet5``. All have ``layers``, whose parameters the engine reads.
        build: Returns a new model.
        check_shapes: Refuses what its models cannot take.
        cost: What compiling depends on.
        products: What the kind of device depends on that a run is trained on.
        defaults: Defaults of hyperparameters that hold for its models instead.
        is_narrow: Whether a model of these parameters may have a convolution of few filters and large kernels
            (:data:`FEW_FILTERS`). What changes their numbers raises ``CONVOLUTIONS_VERSION`` in ``fits/fit.py``.
    """

    name: str
    description: str
    parts: tuple[str, ...]
    build: Build
    check_shapes: ShapeCheck = any_shape
    cost: CostOf = never_compiled
    products: ProductsOf = unknown_products
    defaults: Mapping[str, Value] = field(default_factory=dict)
    is_narrow: Callable[[Params], bool] = never_narrow

    def has(self, part: str) -> bool:
        """Whether its models have a part."""
        return part in (TRAINING, DATA) or part in self.parts


FAMILIES: Registry[ModelFamily] = Registry(
    "model family",
    (
        ModelFamily(
            "mlp",
            "dense layers on the flattened input",
            ("layers", "input", "hidden"),
            build=OnFirstUse("kerasgrid.models.mlp:mlp"),
            cost=OnFirstUse("kerasgrid.models.costs:mlp_cost"),
            products=OnFirstUse("kerasgrid.models.costs:mlp_products"),
        ),
        ModelFamily(
            "cnn",
            "convolution and pooling blocks, then dense layers, on images",
            ("layers", "convolution", "hidden"),
            build=OnFirstUse("kerasgrid.models.cnn:cnn"),
            check_shapes=OnFirstUse("kerasgrid.models.shapes:check_cnn"),
            products=OnFirstUse("kerasgrid.models.costs:cnn_products"),
            is_narrow=is_narrow_cnn,
        ),
        ModelFamily(
            "lenet5",
            "LeNet-5 (LeCun et al. 1998), on grey images of 28×28 or 32×32",
            ("layers", "lenet5"),
            build=OnFirstUse("kerasgrid.models.lenet5:lenet5"),
            check_shapes=OnFirstUse("kerasgrid.models.shapes:check_lenet5"),
            products=OnFirstUse("kerasgrid.models.costs:lenet5_products"),
            defaults={"activation": "tanh"},
            is_narrow=always_narrow,
        ),
    ),
)
"""Every model family by its name."""
