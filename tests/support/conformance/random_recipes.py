"""Recipes of layers that draw: dropout, noise and augmentation.

Keras draws by the state of a seed generator alone. Both sides begin with the states that the engine gives a fit, so
they draw the same, and their weights are compared like all others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras import layers

from .plain_recipes import of
from .recipe import Recipe


def augmented(name: str, **arguments: Any) -> tuple[Recipe, ...]:
    return (of("image", name, first=True, **arguments),)


VALUES = {"value_range": (0, 1)}

RANDOM: Mapping[str, tuple[Recipe, ...]] = {
    "Dropout": (
        of("floats", "Dropout", rate=0.4),
        Recipe("floats", lambda x: layers.Dropout(0.2)(layers.Dense(5)(layers.Dropout(0.4, seed=5)(x))), "two"),
        of("sequence", "LSTM", "of LSTM", units=3, dropout=0.3, recurrent_dropout=0.2),
    ),
    "AlphaDropout": (of("floats", "AlphaDropout", rate=0.4),),
    "GaussianDropout": (of("floats", "GaussianDropout", rate=0.4),),
    "GaussianNoise": (of("floats", "GaussianNoise", stddev=0.3),),
    "SpatialDropout1D": (of("sequence", "SpatialDropout1D", rate=0.4),),
    "SpatialDropout2D": (of("image", "SpatialDropout2D", rate=0.4),),
    "SpatialDropout3D": (of("volume", "SpatialDropout3D", rate=0.4),),
    "AugMix": augmented("AugMix", **VALUES),
    "AutoContrast": augmented("AutoContrast", **VALUES),
    "ContrastLimitedAdaptiveHistogramEqualization": augmented(
        "ContrastLimitedAdaptiveHistogramEqualization", **VALUES, tile_grid_size=(2, 2)
    ),
    "CutMix": augmented("CutMix"),
    "Equalization": augmented("Equalization", **VALUES),
    "MixUp": augmented("MixUp"),
    "Pipeline": (
        Recipe("image", lambda x: layers.Pipeline([layers.RandomFlip(), layers.Rescaling(2.0)])(x), first=True),
    ),
    "RandAugment": augmented("RandAugment", **VALUES),
    "RandomBrightness": augmented("RandomBrightness", factor=0.3, **VALUES),
    "RandomColorDegeneration": augmented("RandomColorDegeneration", factor=0.5, **VALUES),
    "RandomColorJitter": augmented("RandomColorJitter", brightness_factor=0.3, contrast_factor=0.3, **VALUES),
    "RandomContrast": augmented("RandomContrast", factor=0.3, **VALUES),
    # Of any size: not in training, this Keras crops nothing.
    "RandomCrop": (Recipe("image", lambda x: layers.GlobalAveragePooling2D()(layers.RandomCrop(4, 4)(x)), first=True),),
    "RandomElasticTransform": augmented("RandomElasticTransform", factor=1.0, scale=1.0, **VALUES),
    "RandomErasing": augmented("RandomErasing", factor=1.0, **VALUES),
    "RandomFlip": augmented("RandomFlip"),
    "RandomGaussianBlur": augmented("RandomGaussianBlur", factor=1.0, **VALUES),
    "RandomGrayscale": augmented("RandomGrayscale", factor=0.5),
    "RandomHue": augmented("RandomHue", factor=0.3, **VALUES),
    "RandomInvert": augmented("RandomInvert", factor=0.5, **VALUES),
    "RandomPerspective": augmented("RandomPerspective", factor=0.5),
    "RandomPosterization": augmented("RandomPosterization", factor=4, **VALUES),
    "RandomRotation": augmented("RandomRotation", factor=0.2),
    "RandomSaturation": augmented("RandomSaturation", factor=0.3, **VALUES),
    "RandomSharpness": augmented("RandomSharpness", factor=0.5, **VALUES),
    "RandomShear": augmented("RandomShear", x_factor=0.2, y_factor=0.2),
    "RandomTranslation": augmented("RandomTranslation", height_factor=0.2, width_factor=0.2),
    "RandomZoom": augmented("RandomZoom", height_factor=0.2),
    "Solarization": augmented("Solarization", addition_factor=0.3, **VALUES),
}

REPEATED: Mapping[str, str] = {
    "AugMix": "chooses operations by Python's own random numbers when it is traced",
    "RandomElasticTransform": "draws one field for a batch of unknown size, but one for each sample in eager steps",
}
"""Layers whose draws are others in Keras's own graphs than in its eager steps: that fits repeat is all to be seen."""
