"""Models that devices send to VergeAI's API, and their mean."""

from __future__ import annotations

import json
from collections.abc import Iterator

from optwidgets.errors import OptwidgetsError
from optwidgets.runs.averaging import average, check_like, read_model
from support.fuzz.target import refused

MODEL = {
    "conv.weight": [[[0.5, -1.0], [2.0, 1e-3]], [[1.0, 0.0], [3, 4]]],
    "conv.bias": [0.25, 0.5],
    "steps": 12,
    "nested": {"name": "relu", "scale": [1, 2.5], "on": True, "gone": None},
}


def seeds() -> Iterator[bytes]:
    yield json.dumps(MODEL).encode()
    yield b'{"w": 1}'
    yield b'{"bias": [0.5, 1.0], "count": 9007199254740993}'


def check(content: bytes) -> None:
    try:
        read_model(content)
        assert average([content]) == content
        # Of the same model twice, it is that model.
        mean = average([content, content], [3, 1])
        check_like(content, mean)
        read_model(mean)
    except OptwidgetsError as error:
        refused(error)
    try:
        average([json.dumps(MODEL).encode(), content])
    except OptwidgetsError as error:
        refused(error)
