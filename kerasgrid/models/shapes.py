"""Which shapes a model can take, found without building it. Imports no Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasgrid.errors import SpaceError


def check_shapes(params: Mapping[str, Any], input_shape: tuple[int, ...]) -> None:
    """Check that the model of these resolved ``params`` can take inputs of ``input_shape``, the batch axis left out.

    Raises:
        SpaceError: if it cannot: a table given to a CNN, a kernel or a pool larger than the image that reaches it.
    """
    if params["model"] == "cnn":
        _check_cnn(params, input_shape)


def _check_cnn(params: Mapping[str, Any], input_shape: tuple[int, ...]) -> None:
    if len(input_shape) not in (2, 3):
        shown = "×".join(map(str, input_shape))
        raise SpaceError(
            "the model cnn needs images (height × width, or height × width × channels)",
            where="model",
            got=f"inputs of shape {shown}",
            hint="use the model mlp for tables",
        )
    height, width = input_shape[:2]
    kernel, pool = params["kernel_size"], params["pool_size"]
    for block, _ in enumerate(params["conv_filters"], start=1):
        if params["padding"] == "valid":
            if kernel > min(height, width):
                raise SpaceError(
                    f"the kernel must fit the image, which is {height}×{width} at convolution {block}",
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
