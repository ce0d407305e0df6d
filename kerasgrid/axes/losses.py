"""Losses: what training may lower, one row each. Imports no Keras."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kerasgrid.axes import names
from kerasgrid.axes.parameter import shown
from kerasgrid.errors import SpaceError
from kerasgrid.registry import Registry, changes

Targets = Literal["index", "one hot", "signs", "as they are"]
"""What a loss of classes takes for targets: their indices, zeros and a one, or −1 and 1. Other tasks have theirs as
they are, as has one output for two classes: 0 or 1."""


@dataclass(frozen=True, slots=True)
class Loss:
    """One row of the table of losses.

    Attributes:
        name: As in a space file: that of Keras's function, if Keras has one.
        description: One line.
        tasks: Those that it suits.
        aliases: Other spellings of its name.
        targets: What it takes of classes.
        has_one_output: Whether the model has one output for two classes, the probability of the second.
        keras_class: Its class in ``keras.losses``, by which saved models are compiled; empty if Keras has none.
        function: From (``keras.ops``, targets, outputs, its options by name), both (batch, n_outputs), to one number a
            sample, (batch,); None for Keras's of this name.
        options: Hyperparameters that it reads, by the name of the function's argument.
        smooths: Whether ``label_smoothing`` suits it.
        smoothed_by: The loss that takes its place where labels are smoothed, for targets that are no indices; empty for
            itself.
        output_activation: The default of the output layer; empty for the task's.
        activations: What it takes at the output; None for any.
        rule: For the message where the output has another activation, to be followed by "with the loss …".
        wants_probabilities: Whether outputs must not be negative.
        gives_margins: Whether outputs are margins, of which a softmax makes probabilities.
        in_own_unit: Whether it wants regression targets in their own unit, never standardised.
        least: The least target that it takes; None for any.
    """

    name: str
    description: str
    tasks: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    targets: Targets = "as they are"
    has_one_output: bool = False
    keras_class: str = ""
    function: Callable[..., Any] | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    smooths: bool = False
    smoothed_by: str = ""
    output_activation: str = ""
    activations: Collection[str] | None = None
    rule: str = ""
    wants_probabilities: bool = False
    gives_margins: bool = False
    in_own_unit: bool = False
    least: float | None = None


def _pinball(ops: Any, targets: Any, outputs: Any, quantile: Any) -> Any:
    """Koenker and Bassett 1978: errors below count ``quantile``, those above 1 − ``quantile``."""
    errors = targets - outputs
    return ops.mean(ops.maximum(quantile * errors, (quantile - 1.0) * errors), axis=-1)


_CLASSES, _NUMBERS, _LABELS = "classification", "regression", "multilabel"
_NOT_NEGATIVE = "must never be negative"
_SIGNED = tuple(
    name for name in names.ACTIVATIONS if name not in (*names.PROBABILITY_ACTIVATIONS, "log_sigmoid", "log_softmax")
)
_POSITIVE = tuple(name for name in names.PROBABILITY_ACTIVATIONS if name not in names.NORMALISING_ACTIVATIONS)

_OF_PROBABILITIES: dict[str, Any] = {
    "activations": names.PROBABILITY_ACTIVATIONS, "rule": _NOT_NEGATIVE, "wants_probabilities": True, "smooths": True,
}  # fmt: skip
_OF_ONE_OUTPUT: dict[str, Any] = {
    "tasks": (_CLASSES, _LABELS), "has_one_output": True, "output_activation": "sigmoid",
    "activations": names.LABEL_ACTIVATIONS, "rule": "must make a probability of each output by itself",
    "wants_probabilities": True, "smooths": True,
}  # fmt: skip
_OF_MARGINS: dict[str, Any] = {
    "tasks": (_CLASSES,), "targets": "signs", "output_activation": "linear", "activations": _SIGNED,
    "rule": "must take both signs", "gives_margins": True,
}  # fmt: skip

LOSSES: Registry[Loss] = Registry(
    "loss",
    (
        Loss("binary_crossentropy", "cross-entropy of one sigmoid output for two classes, or of each label",
             **_OF_ONE_OUTPUT, aliases=("bce",), keras_class="BinaryCrossentropy"),
        Loss("categorical_crossentropy", "cross-entropy of classes, on one-hot targets", (_CLASSES,),
             **_OF_PROBABILITIES, aliases=("cce",), targets="one hot", keras_class="CategoricalCrossentropy"),
        Loss("sparse_categorical_crossentropy", "cross-entropy of classes, on their indices", (_CLASSES,),
             **_OF_PROBABILITIES, aliases=("cross_entropy", "crossentropy", "scce"), targets="index",
             smoothed_by="categorical_crossentropy", keras_class="SparseCategoricalCrossentropy"),
        Loss("mean_squared_error", "squared error; of classes on one-hot targets", (_CLASSES, _NUMBERS, _LABELS),
             aliases=("mse",), targets="one hot", keras_class="MeanSquaredError"),
        Loss("binary_focal_crossentropy", "binary cross-entropy that minds hard samples more (Lin et al. 2017)",
             **_OF_ONE_OUTPUT, aliases=("binary_focal",), keras_class="BinaryFocalCrossentropy"),
        Loss("categorical_focal_crossentropy", "cross-entropy that minds hard samples more (Lin et al. 2017)",
             (_CLASSES,), **_OF_PROBABILITIES, aliases=("categorical_focal", "focal"), targets="one hot",
             keras_class="CategoricalFocalCrossentropy"),
        Loss("hinge", "hinge of each class against the others, on targets of -1 and 1", **_OF_MARGINS,
             keras_class="Hinge"),
        Loss("squared_hinge", "squared hinge of each class against the others, on targets of -1 and 1", **_OF_MARGINS,
             keras_class="SquaredHinge"),
        Loss("categorical_hinge", "hinge of the right class against the best other one", (_CLASSES,), targets="one hot",
             output_activation="linear", gives_margins=True, keras_class="CategoricalHinge"),
        Loss("kl_divergence", "Kullback-Leibler divergence, on one-hot targets", (_CLASSES,),
             aliases=("kld", "kullback_leibler_divergence"), targets="one hot", activations=("softmax", "sparsemax"),
             rule="must sum to 1", wants_probabilities=True, keras_class="KLDivergence"),
        Loss("mean_absolute_error", "absolute error", (_NUMBERS,), aliases=("mae",), keras_class="MeanAbsoluteError"),
        Loss("mean_absolute_percentage_error", "absolute error in percent of the target", (_NUMBERS,),
             aliases=("mape",), in_own_unit=True, keras_class="MeanAbsolutePercentageError"),
        Loss("mean_squared_logarithmic_error", "squared error of log(1 + target)", (_NUMBERS,), aliases=("msle",),
             output_activation="softplus", in_own_unit=True, least=0.0, keras_class="MeanSquaredLogarithmicError"),
        Loss("huber", "squared error up to huber_delta, and absolute beyond (Huber 1964)", (_NUMBERS,),
             options={"delta": "huber_delta"}, keras_class="Huber"),
        Loss("log_cosh", "logarithm of the hyperbolic cosine of the error", (_NUMBERS,), aliases=("logcosh",),
             keras_class="LogCosh"),
        Loss("poisson", "Poisson loss of counts", (_NUMBERS,), output_activation="softplus", activations=_POSITIVE,
             rule=_NOT_NEGATIVE, wants_probabilities=True, in_own_unit=True, least=0.0, keras_class="Poisson"),
        Loss("quantile", "pinball loss of one quantile (Koenker and Bassett 1978)", (_NUMBERS,), aliases=("pinball",),
             function=_pinball, options={"quantile": "quantile"}),
    ),
)  # fmt: skip
"""Every loss of a space file."""


class OfLosses(Mapping[str, str]):
    """What the rows say at the time, which may be added later: for each loss some pairs of names.

    Args:
        pairs: Of one row.
    """

    def __init__(self, pairs: Callable[[Loss], Mapping[str, str]], **besides: str) -> None:
        self._pairs, self._besides = pairs, besides
        self._kept: tuple[int, dict[str, str]] | None = None

    def __getitem__(self, name: str) -> str:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> dict[str, str]:
        # Looked up three times for each candidate.
        if self._kept is None or self._kept[0] != changes():
            found = {key: value for row in LOSSES.values() for key, value in self._pairs(row).items()}
            self._kept = changes(), {**self._besides, **found}
        return self._kept[1]


LOSS_ALIASES = OfLosses(lambda row: dict.fromkeys(row.aliases, row.name))
"""Other spellings of losses."""

OUTPUT_ACTIVATIONS = OfLosses(
    lambda row: {row.name: row.output_activation} if row.output_activation else {},
    regression="linear",
    multilabel="sigmoid",
)
"""Activations of the output layer that a task or a loss has by default."""


def losses_for(task: str) -> tuple[str, ...]:
    """Return the names of the losses of a task."""
    return tuple(row.name for row in LOSSES.values() if task in row.tasks)


def has_one_output(params: Mapping[str, Any], task: str) -> bool:
    """Whether a model of these resolved parameters has one output for two classes."""
    return task == _CLASSES and LOSSES[str(params["loss"])].has_one_output


def output_width(params: Mapping[str, Any], task: str, n_outputs: int) -> int:
    """Return how many outputs the model of these resolved parameters has.

    Args:
        params: Of which the loss counts.
        task: One of :data:`kerasgrid.axes.names.TASKS`.
        n_outputs: Number of classes, labels or targets.

    Raises:
        SpaceError: The loss is for two classes, and there are more.
    """
    if not has_one_output(params, task):
        return n_outputs
    if n_outputs != 2:
        raise SpaceError(
            "is for two classes, or for labels each of which holds or not",
            where="params.loss",
            got=f"{shown(params['loss'])} with {n_outputs} classes",
            hint="sparse_categorical_crossentropy",
        )
    return 1


def check_targets(params: Mapping[str, Any], task: str, least: float) -> None:
    """Check that the loss takes these regression targets.

    Args:
        params: Resolved parameters, of which the loss counts.
        task: As for :func:`output_width`.
        least: The least target.

    Raises:
        SpaceError: It takes none so small.
    """
    row = LOSSES[str(params["loss"])]
    if task == _NUMBERS and row.least is not None and least < row.least:
        rule = f"{row.name} takes targets of at least {row.least:g}"
        raise SpaceError(rule, where="params.loss", got=f"a target of {least:g}", hint="huber or mean_squared_error")


def check_loss(resolved: Mapping[str, Any], task: str) -> None:
    """Check that loss, task, output activation and label smoothing suit each other.

    Raises:
        SpaceError: Two of them do not.
    """
    row = LOSSES[str(resolved["loss"])]
    if task not in row.tasks:
        rule = f"must suit the task {task}"
        raise SpaceError(rule, where="params.loss", got=shown(row.name), hint=f"one of {', '.join(losses_for(task))}")
    if resolved.get("label_smoothing") and not row.smooths:
        fitting = ", ".join(name for name in losses_for(task) if LOSSES[name].smooths)
        rule = f"labels are smoothed with {fitting} only" if fitting else f"there are no labels in {task}"
        raise SpaceError(rule, where="params.label_smoothing", got=f"loss {shown(row.name)}")
    if row.in_own_unit and resolved.get("target_scaling") == "standard":
        rule = f"the loss {row.name} takes targets in their own unit"
        raise SpaceError(rule, where="params.target_scaling", got=shown("standard"), hint="none")
    if "output_activation" in resolved:
        _check_output(str(resolved["output_activation"]), row, task)


def _check_output(output: str, row: Loss, task: str) -> None:
    where, got = "params.output_activation", shown(output)
    if task == _NUMBERS and output in names.NORMALISING_ACTIVATIONS:
        rule = "must not normalise over the outputs in regression: of one output it makes a constant"
        raise SpaceError(rule, where=where, got=got)
    if task == _LABELS and output not in names.LABEL_ACTIVATIONS:
        hint = "one of " + ", ".join(names.LABEL_ACTIVATIONS)
        raise SpaceError("must give each label a probability of its own", where=where, got=got, hint=hint)
    if row.activations is not None and output not in row.activations:
        hint = "one of " + ", ".join(row.activations)
        raise SpaceError(f"{row.rule} with the loss {row.name}", where=where, got=got, hint=hint)
