"""The names that hyperparameters of a space file may take.

Static, so that reading a space needs no Keras; a test compares them with what the installed Keras offers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

TASKS = ("classification", "regression", "multilabel")

OWN_PREFIX = "model__"
"""What the names of a builder's own parameters begin with, as scikeras has them."""


def is_own(model: object) -> bool:
    """Whether this is the name of a user's own model, ``module:builder``, not a family of models.

    No space file can hold one: it would import code. See :mod:`kerasgrid.models.own`.
    """
    return isinstance(model, str) and ":" in model


KERAS_OPTIMIZERS = (
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "Muon",
    "Nadam",
    "RMSprop",
    "SGD",
    "ScheduleFreeAdamW",
)
"""Every optimizer class of ``keras.optimizers`` that can be made without other optimizers."""

SGD_OPTIMIZERS = ("SGD", "momentum", "nesterov")
"""The optimizers that are Keras's SGD: plain, with momentum 0.9, and with Nesterov momentum 0.9."""

OPTIMIZERS = tuple(sorted({*KERAS_OPTIMIZERS, *SGD_OPTIMIZERS}, key=str.lower))

OPTIMIZERS_WITH: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "beta_1": ("Adam", "AdamW", "Adamax", "Lamb", "Lion", "Nadam", "ScheduleFreeAdamW"),
        "beta_2": ("Adam", "AdamW", "Adamax", "Lamb", "Lion", "Nadam", "ScheduleFreeAdamW"),
        "epsilon": ("Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Lamb", "Muon", "Nadam", "RMSprop",
                    "ScheduleFreeAdamW"),
        "rho": ("Adadelta", "RMSprop"),
    }
)  # fmt: skip
"""Which optimizers take a number of their own, by its name."""

CLIPPINGS = ("clipnorm", "global_clipnorm", "clipvalue")
"""Ways to bound gradients, of which Keras takes one at a time."""

OPTIMIZER_ALIASES: Mapping[str, str] = MappingProxyType(
    {"AdaDelta": "Adadelta", "AdaGrad": "Adagrad", "Momentum": "momentum", "NAG": "nesterov", "RMSProp": "RMSprop"}
)
"""Spellings of the papers and textbooks. Case does not count; these stand here to be listed."""

ACTIVATIONS = (
    "celu",
    "elu",
    "exponential",
    "gelu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "tanh",
    "tanh_shrink",
)
"""Keras's activations without ``glu``, which halves a layer's width, and ``threshold``, which needs arguments."""

ACTIVATION_ALIASES: Mapping[str, str] = MappingProxyType({"swish": "silu", "hard_swish": "hard_silu"})

PROBABILITY_ACTIVATIONS = (
    "exponential",
    "hard_sigmoid",
    "relu",
    "relu6",
    "sigmoid",
    "softmax",
    "softplus",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
)
"""Activations that are never negative: Keras's cross-entropies scale the outputs to a sum of 1 and take logarithms."""

LABEL_ACTIVATIONS = ("hard_sigmoid", "sigmoid")
"""Activations that make a probability of each output by itself."""

NORMALISING_ACTIVATIONS = ("log_softmax", "softmax", "sparsemax")
"""Activations that normalise over a layer: of a single output they make a constant."""

INITIALIZERS = (
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "truncated_normal",
    "variance_scaling",
    "zeros",
)
"""Keras's initializers without ``identity``, for 2-D kernels only; ``constant`` and ``stft`` need arguments."""

INITIALIZER_ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "normal": "random_normal",
        "one": "ones",
        "orthogonal_initializer": "orthogonal",
        "uniform": "random_uniform",
        "xavier_normal": "glorot_normal",
        "xavier_uniform": "glorot_uniform",
        "zero": "zeros",
    }
)

SCALINGS = ("auto", "none", "standard", "robust", "quantile")

TARGET_SCALINGS = ("auto", "none", "standard")

PADDINGS = ("same", "valid")

POOLINGS = ("average", "max")

GLOBAL_POOLINGS = ("none", *POOLINGS)

POOLING_ALIASES: Mapping[str, str] = MappingProxyType({"avg": "average"})

CONNECTIONS = ("full", "table")

SUBSAMPLINGS = ("average", "max", "trainable")

SHAPES = ("constant", "pyramid")
"""How sizes of layers go on from the first."""

FLIPS = ("none", "horizontal", "vertical", "both")

FLIP_ALIASES: Mapping[str, str] = MappingProxyType({"horizontal_and_vertical": "both"})

FILL_MODES = ("reflect", "constant", "nearest", "wrap")
"""Keras's: what lies beyond the edges of an image that is moved; ``constant`` is 0."""


def canonical(name: str, allowed: Iterable[str], aliases: Mapping[str, str]) -> str | None:
    """Return the one spelling of ``name``, or None if it is no allowed name and no alias.

    Case and underscores do not count: ``HeNormal`` is ``he_normal``, ``adam`` is ``Adam``.
    """
    spellings = {_bare(alias): target for alias, target in aliases.items()}
    spellings |= {_bare(known): known for known in allowed}
    return spellings.get(_bare(name))


def _bare(name: str) -> str:
    return name.replace("_", "").lower()
