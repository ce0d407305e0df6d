"""kerasgrid's own hyperparameters, a row each."""

from __future__ import annotations

from dataclasses import replace

from kerasgrid.axes import names, rows_architecture, rows_objective, rows_training
from kerasgrid.axes.families import DATA, TRAINING
from kerasgrid.axes.losses import LOSS_ALIASES, LOSSES, OUTPUT_ACTIVATIONS
from kerasgrid.axes.parameter import Beside, Parameter

_WIDEST = 1_000_000
"""Units or filters of a layer: far more than any machine has room for."""

_FIRST: tuple[Parameter, ...] = (
    Parameter("optimizer", "name", "optimizer class; momentum and nesterov (or NAG) are SGD with momentum 0.9 and "
              "Nesterov momentum 0.9", TRAINING, structural=True, default="Adam", names=names.OPTIMIZERS,
              aliases=names.OPTIMIZER_ALIASES),
    Parameter("learning_rate", "float", "learning rate of the optimizer", TRAINING, structural=False, default=0.001,
              low=0, low_open=True),
    Parameter("momentum", "float", "momentum; only with SGD, momentum and nesterov", TRAINING, structural=True,
              default_for={"SGD": 0.0, "momentum": 0.9, "nesterov": 0.9}, low=0, high=1, high_open=True,
              beside=Beside("optimizer", names.SGD_OPTIMIZERS, "only SGD, momentum and nesterov take it",
                            "params may be a list of objects, one with momentum and one without")),
    # Keras gives these two a decay of their own; without it AdamW would be Adam.
    Parameter("weight_decay", "float", "decoupled weight decay, as Keras's optimizers apply it", TRAINING,
              structural=False, on_is_structural=True, default=0.0, default_for={"AdamW": 0.004, "Muon": 0.004}, low=0),
    Parameter("loss", "name", "loss that the training lowers; see docs/how_to/losses_and_metrics.md", TRAINING,
              structural=True, default="sparse_categorical_crossentropy",
              default_for={"regression": "mean_squared_error", "multilabel": "binary_crossentropy"},
              names=LOSSES, aliases=LOSS_ALIASES),
    Parameter("batch_size", "int", "examples a training step", TRAINING, structural=False, default=32, low=1),
    Parameter("epochs", "int", "passes over the training data", TRAINING, structural=False, default=10, low=1),
    Parameter("conv_filters", "sizes", "filters of each convolution block", "convolution", structural=True,
              default=(32, 64), low=1, high=_WIDEST, min_length=1, growth=2.0),
    Parameter("kernel_size", "int", "side of the square convolution kernels, in pixels", "convolution", structural=True,
              default=3, low=1),
    Parameter("padding", "name", "padding of the convolutions", "convolution", structural=True, default="same",
              names=names.PADDINGS),
    Parameter("pooling", "name", "what a pooling layer takes of its window", "convolution", structural=True,
              default="max", names=names.POOLINGS, aliases=names.POOLING_ALIASES),
    Parameter("pool_size", "int", "side and stride of the pooling window, in pixels; 1 means no pooling", "convolution",
              structural=True, default=2, low=1),
    Parameter("connections", "name", "which maps of S2 each map of C3 sees: those of the paper's table, or all",
              "lenet5", structural=True, default="table", names=names.CONNECTIONS),
    Parameter("subsampling", "name", "what halves the sides of the maps: the paper's trainable layer, or a pooling",
              "lenet5", structural=True, default="trainable", names=names.SUBSAMPLINGS,
              aliases=names.POOLING_ALIASES),
    Parameter("hidden_units", "sizes", "units of each hidden dense layer; [] means none", "hidden", structural=True,
              default=(128,), low=1, high=_WIDEST),
    Parameter("activation", "name", "activation of the hidden layers", "layers", structural=True, default="relu",
              names=names.ACTIVATIONS, aliases=names.ACTIVATION_ALIASES),
    Parameter("batch_norm", "bool", "batch normalisation before each hidden activation", "hidden", structural=True,
              default=False),
    Parameter("input_batch_norm", "bool", "batch normalisation of the input", "input", structural=True,
              default=False),
    Parameter("dropout", "float", "dropout rate after each hidden layer", "hidden", structural=False,
              on_is_structural=True, default=0.0, low=0, high=1, high_open=True),
    Parameter("input_dropout", "float", "dropout rate on the input", "input", structural=False, on_is_structural=True,
              default=0.0, low=0, high=1, high_open=True),
    Parameter("kernel_initializer", "name", "distribution of the initial kernels", "layers", structural=True,
              default="glorot_uniform", names=names.INITIALIZERS, aliases=names.INITIALIZER_ALIASES),
    Parameter("init_stddev", "float", "standard deviation of normally distributed initial kernels, instead of "
              "kernel_initializer", "layers", structural=False, on_is_structural=True, low=0, low_open=True,
              optional=True,
              beside=Beside("kernel_initializer", ("random_normal",), "must not be set together with "
                            "kernel_initializer", "params may be a list of objects, one with each",
                            implied="random_normal")),
    Parameter("l2", "float", "factor of the L2 penalty on the kernels", "layers", structural=False,
              on_is_structural=True, default=0.0, low=0),
    Parameter("output_activation", "name", "activation of the output layer", "layers", structural=True,
              default="softmax", default_for=OUTPUT_ACTIVATIONS, names=names.ACTIVATIONS,
              aliases=names.ACTIVATION_ALIASES),
)  # fmt: skip
"""In the order in which they are listed."""

_OF_DATA: tuple[Parameter, ...] = (
    Parameter("scaling", "name", "how the numbers of a table are scaled: by mean and standard deviation, by median and "
              "quartiles, to normal quantiles, or not; auto scales tables, and leaves arrays as they are", DATA,
              structural=False, default="auto", names=names.SCALINGS),
    Parameter("one_hot_max", "int", "a column of at most so many words is one-hot, one of more is embedded", DATA,
              structural=True, default=12, low=0),
    Parameter("embedding_size", "int", "numbers that an embedded word becomes; null: by how many words there are", DATA,
              structural=True, low=1, high=1000, optional=True),
    Parameter("target_scaling", "name", "whether regression targets are standardised; auto: those of tables are", DATA,
              structural=True, default="auto", names=names.TARGET_SCALINGS),
)  # fmt: skip
"""What the model is told of the data."""

ROWS: tuple[Parameter, ...] = (
    *(replace(row, default_is_keyed=True) for row in _FIRST),
    *_OF_DATA,
    *rows_training.ROWS,
    *rows_objective.ROWS,
    *rows_architecture.ROWS,
)
"""All of them. Those that came later are not part of keys by their defaults."""
