"""All layer classes of the installed Keras, each with its recipes or a reason for having none."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

import keras

from .plain_recipes import PLAIN
from .random_recipes import RANDOM
from .recipe import Recipe
from .spatial_recipes import SPATIAL

RECIPES: Mapping[str, tuple[Recipe, ...]] = {**PLAIN, **SPATIAL, **RANDOM}

EXCLUDED: Mapping[str, str] = {
    "Layer": "the base class: layers of the user's own stand for it",
    "Wrapper": "the base class of layers around a layer",
    "StringLookup": "takes words, which no model of floats, integers or images holds",
    "TextVectorization": "takes texts",
    "MaxNumBoundingBoxes": "takes bounding boxes",
    "FlaxLayer": "of another backend than TensorFlow",
    "JaxLayer": "of another backend than TensorFlow",
    "TorchModuleWrapper": "of another backend than TensorFlow",
    "TFSMLayer": "a SavedModel on disk, which has no call of Keras's",
}


def layer_classes() -> list[str]:
    """Return the names of Keras's layer classes, each once: aliases are left out."""
    found = {
        name: thing
        for name, thing in vars(keras.layers).items()
        if inspect.isclass(thing) and issubclass(thing, keras.layers.Layer)
    }
    return sorted(name for name, thing in found.items() if name == thing.__name__)


def recipes() -> list[tuple[str, Recipe]]:
    """Return the recipes of the layers that the installed Keras has, with a name each."""
    there = set(layer_classes())
    return [
        (f"{layer}, {recipe.label}" if recipe.label else layer, recipe)
        for layer, of_layer in RECIPES.items()
        if layer in there
        for recipe in of_layer
    ]


def constraint_classes() -> list[str]:
    """Return the names of Keras's constraints."""
    return sorted(
        name
        for name, thing in vars(keras.constraints).items()
        if inspect.isclass(thing)
        and issubclass(thing, keras.constraints.Constraint)
        and name == thing.__name__ != "Constraint"
    )
