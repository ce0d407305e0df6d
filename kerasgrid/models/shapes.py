"""Which shapes a model can take, found without building it. Imports no Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasgrid.axes.class_weights import weights_by_class
from kerasgrid.axes.families import FAMILIES
from kerasgrid.axes.losses import check_targets, output_width
from kerasgrid.data.dataset import Dataset
from kerasgrid.errors import SpaceError

LENET5_SIDE = 32
"""Side of the images that LeNet-5 works on, in pixels."""

_LENET5_SHAPES = ((28, 28), (32, 32), (28, 28, 1), (32, 32, 1))


def check_shapes(params: Mapping[str, Any], input_shape: tuple[int, ...]) -> None:
    """Check that the model of these resolved ``params`` can take inputs of ``input_shape``, the batch axis left out.

    What a user's own model can take is known only when it is built.

    Raises:
        SpaceError: It cannot, or images are to be changed in training, and these are none.
    """
    if params.get("augmentation") and len(input_shape) not in (2, 3):
        raise SpaceError(
            "needs images (height × width, or height × width × channels)",
            where="params.augmentation",
            got=f"inputs of shape {_shown(input_shape)}",
        )
    family = FAMILIES.get(str(params["model"]))
    if family is not None:
        family.check_shapes(params, input_shape)


def check_data(params: Mapping[str, Any], dataset: Dataset) -> None:
    """Check that loss and class weights of these resolved ``params`` suit the classes or targets of a data set.

    Raises:
        SpaceError: The loss is for two classes alone, or takes no target so small; or there is no class of a name.
    """
    output_width(params, dataset.task, dataset.n_outputs)
    weights_by_class(params.get("class_weight"), dataset.classes or ())
    if dataset.task == "regression":
        check_targets(params, dataset.task, float(dataset.y_train.min()))


def check_lenet5(params: Mapping[str, Any], input_shape: tuple[int, ...]) -> None:
    """Check that LeNet-5 can take these inputs.

    Raises:
        SpaceError: They are not grey images of 28×28 or 32×32.
    """
    if input_shape not in _LENET5_SHAPES:
        raise SpaceError(
            "the model lenet5 needs grey images of 28×28 or 32×32",
            where="model",
            got=f"inputs of shape {_shown(input_shape)}",
            hint="use the model cnn for other images and mlp for tables",
        )


def check_cnn(params: Mapping[str, Any], input_shape: tuple[int, ...]) -> None:
    """Check that a CNN of these resolved ``params`` can take these inputs.

    Raises:
        SpaceError: They are a table, or a kernel or a pool is larger than the image that reaches it.
    """
    if len(input_shape) not in (2, 3):
        raise SpaceError(
            "the model cnn needs images (height × width, or height × width × channels)",
            where="model",
            got=f"inputs of shape {_shown(input_shape)}",
            hint="use the model mlp for tables",
        )
    height, width = input_shape[:2]
    kernel, pool = params["kernel_size"], params["pool_size"]
    per_block = params["convs_per_block"]
    for block, _ in enumerate(params["conv_filters"], start=1):
        for number in range(per_block if params["padding"] == "valid" else 0):
            if kernel > min(height, width):
                place = f"convolution {block}" if per_block == 1 else f"convolution {number + 1} of block {block}"
                raise SpaceError(
                    f"the kernel must fit the image, which is {height}×{width} at {place}",
                    where="params.kernel_size",
                    got=str(kernel),
                    hint='use a smaller kernel, fewer conv_filters, or padding "same"',
                )
            height, width = height - kernel + 1, width - kernel + 1
        if pool > min(height, width):
            raise SpaceError(
                f"the pool must fit the image, which is {height}×{width} after convolution {block}",
                where="params.pool_size",
                got=str(pool),
                hint="use a smaller pool or fewer conv_filters",
            )
        height, width = height // pool, width // pool


def _shown(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))
