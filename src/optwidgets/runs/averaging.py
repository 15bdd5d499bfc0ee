"""Federated averaging: the mean of models that devices have trained."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from optwidgets.errors import OptwidgetsError

#: A state dict is a few levels deep; more would only exhaust the stack.
MAX_DEPTH = 64


def read_model(content: bytes) -> dict[str, Any]:
    """Return the state dict in a file: parameter name to nested lists of numbers.

    Raises
    ------
    OptwidgetsError
        If the file is not a JSON object.

    Examples
    --------
    >>> read_model(b'{"bias": [0.5, 1.0]}')
    {'bias': [0.5, 1.0]}
    """
    try:
        model = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise OptwidgetsError(
            "The model is not JSON in UTF-8; send json.dumps of its state dict.", field="file"
        ) from error
    if not isinstance(model, dict):
        raise OptwidgetsError(
            "The model is JSON, but not an object; send a state dict of parameter name to values.",
            field="file",
        )
    _check_depth(model)
    return model


def check_like(reference: bytes, content: bytes) -> None:
    """Raise unless a model can be averaged with others that started from `reference`.

    Both files are state dicts; they must have the same parameters in the same shapes, and
    what is no number must be equal.

    Examples
    --------
    >>> check_like(b'{"w": [1, 2]}', b'{"w": [3, 4]}')
    """
    _mean("", [read_model(reference), read_model(content)], (1, 1))


def average(models: Sequence[bytes], samples: Sequence[int | None] | None = None) -> bytes:
    """Return the mean of models, parameter by parameter, as a file.

    One model is given back byte for byte. The numbers of samples weigh the models if each
    of them has one (McMahan et al., 2017, "Communication-efficient learning of deep networks
    from decentralized data", https://arxiv.org/abs/1602.05629), else all count the same.

    Parameters
    ----------
    models
        n state dicts as JSON, with the same parameters in the same shapes.
    samples
        n numbers of samples, or None where a device gave none.

    Raises
    ------
    OptwidgetsError
        Names the parameter that is not the same in all models.

    Examples
    --------
    >>> average([b'{"w": [1.0, 2.0]}', b'{"w": [3.0, 6.0]}'])
    b'{"w": [2.0, 4.0]}'
    >>> average([b'{"w": 0}', b'{"w": 8}'], samples=[3, 1])
    b'{"w": 2.0}'
    """
    if len(models) == 1:
        return bytes(models[0])
    given = [count for count in samples or () if count is not None]
    weights = tuple(given) if len(given) == len(models) else (1,) * len(models)
    mean = _mean("", [read_model(model) for model in models], weights)
    return json.dumps(mean).encode()


def _mean(path: str, values: Sequence[Any], weights: Sequence[float]) -> Any:
    """Return the weighted mean of values of the same shape, at a place of the models.

    What is no number must be equal in all models.
    """
    import numpy as np  # a server that only records does without it

    first = values[0]
    if all(isinstance(value, Mapping) for value in values):
        for value in values:
            if odd := first.keys() ^ value.keys():
                raise _unlike(_join(path, min(odd)), "is not in all models")
        return {
            name: _mean(_join(path, name), [value[name] for value in values], weights)
            for name in first
        }
    arrays = [array for array in map(_array, values) if array is not None]
    if len(arrays) == len(values):
        if len({array.shape for array in arrays}) > 1:
            shapes = sorted({str(array.shape) for array in arrays})
            raise _unlike(path, f"has the shapes {' and '.join(shapes)}")
        if all(np.array_equal(array, arrays[0]) for array in arrays[1:]):
            return first  # so that a counter stays a whole number
        return np.average(np.stack(arrays), axis=0, weights=weights).tolist()
    if all(isinstance(value, list) for value in values):
        if len({len(value) for value in values}) > 1:
            raise _unlike(path, "has another length in each model")
        return [
            _mean(f"{path}[{place}]", column, weights)
            for place, column in enumerate(zip(*values, strict=True))
        ]
    kinds = {type(value) for value in values}
    if len(kinds) > 1 or any(value != first for value in values[1:]):
        raise _unlike(path, "is no number and differs")
    return first


def _array(value: Any) -> Any:
    """Return numbers as an array of float64 or int64; None for anything else."""
    import numpy as np  # as above

    if isinstance(value, str | bool | None):
        return None
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        return None
    if array.dtype.kind in "iuf":
        return array.astype(float)
    if array.dtype == object and isinstance(value, int):  # above 64 bits
        try:
            return np.asarray(float(value))
        except OverflowError:
            return np.asarray(math.inf if value > 0 else -math.inf)
    return None


def _check_depth(model: Mapping[str, Any]) -> None:
    level: list[Any] = [model]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for value in level
            for child in (value.values() if isinstance(value, dict) else value)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise OptwidgetsError(
        f"The model is nested more than {MAX_DEPTH} levels deep; send a state dict of parameter "
        "name to nested lists of numbers.",
        field="file",
    )


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _unlike(path: str, what: str) -> OptwidgetsError:
    return OptwidgetsError(
        f"The models cannot be averaged: the parameter {path[:120]!r} {what}; train each from "
        "the job's start model.",
        field="file",
    )
