"""What a model is made of, as a text: equal for models that one program serves."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import keras

_BY_CONFIG = ("Sequential", "Functional")


def architecture_digest(model: keras.Model) -> str | None:
    """Return a hash of a model's layers and how they hang together, without the names that Keras makes up.

    None of a model with layers or functions of other packages than Keras, whose configuration may not tell all.
    """
    if type(model).__name__ not in _BY_CONFIG or not type(model).__module__.startswith("keras."):
        return None
    try:
        config = keras.saving.serialize_keras_object(model)
    except (TypeError, ValueError, NotImplementedError):
        return None
    if not _is_kerass(config):
        return None
    config.pop("compile_config", None)
    names: dict[str, str] = {}
    shapes = [list(weight.shape) for weight in model.weights]
    text = json.dumps([_renamed(config, names), shapes], sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _is_kerass(config: Any) -> bool:
    """Whether all that is named in a configuration is Keras's own, and no function that was written on the spot."""
    if isinstance(config, dict):
        module, name = config.get("module"), config.get("class_name")
        if name in ("Lambda", "function", "__lambda__"):
            return False
        if name is not None and module is not None and str(module).partition(".")[0] not in ("keras", "builtins"):
            return False
        return all(map(_is_kerass, config.values()))
    return all(map(_is_kerass, config)) if isinstance(config, list | tuple) else True


def _renamed(config: Any, names: dict[str, str]) -> Any:
    """Return a configuration with names by their order instead: Keras counts on, model after model."""
    if isinstance(config, dict):
        renamed: dict[str, Any] = {}
        for key in sorted(config, key=str):
            value = config[key]
            if key == "name" and isinstance(value, str):
                renamed[key] = _new(value, names)
            elif key == "keras_history":
                renamed[key] = [_new(str(value[0]), names), *value[1:]]
            elif key in ("input_layers", "output_layers"):
                renamed[key] = _layers_renamed(value, names)
            else:
                renamed[key] = _renamed(value, names)
        return renamed
    return [_renamed(part, names) for part in config] if isinstance(config, list | tuple) else config


def _layers_renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, list | tuple):
        return [_layers_renamed(part, names) for part in value]
    return _new(value, names) if isinstance(value, str) else value


def _new(name: str, names: dict[str, str]) -> str:
    return names.setdefault(name, f"#{len(names)}")
