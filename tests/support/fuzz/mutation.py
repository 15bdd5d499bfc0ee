"""Mutations that keep a content what it claims to be: JSON stays JSON, most of the time."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

Bytewise = Callable[[bytes, int], bytes]

#: What a value is replaced with.
ODD = (
    *(None, True, False, -1, 0, 1, 2, 0.5, -0.0, 1e308, 1e-320, 2**31, 2**53 + 1, 2**63, 10**400),
    *("", "x", "NaN", "inf", "-1", "1e999", "\x00", "\ud800", "=1+1", "a" * 300, "2026-01-01", "é"),
    *([], {}, [[]], {"a": {}}, [None], [1, 2], ["A", "A"], [0, 1e300]),
)
#: Texts that stand where a value is due: JSON writes none of them, readers take some.
RAW = (b"NaN", b"-Infinity", b"1e999", b"-0", b"9" * 5000, b"[" * 500, b'"\\ud800"', b"\xff")
WHOLE = 0.7
"""How often a JSON value is changed, and not bytes."""


def mutate_bytes(seed: int) -> Bytewise:
    """Return what changes bytes where no fuzzer does: one is another, gone, or a piece is doubled."""
    dice = random.Random(seed)

    def bytewise(content: bytes, most: int) -> bytes:
        at = dice.randrange(len(content) + 1)
        piece = content[at : at + dice.randint(1, 8)]
        put = dice.choice((b"", bytes([dice.randrange(256)]), 2 * piece, dice.choice(RAW)))
        return (content[:at] + put + content[at + len(piece) :])[:most]

    return bytewise


def mutate_json(content: bytes, most: int, seed: int, bytewise: Bytewise) -> bytes:
    """Return a content with a value that is another one, gone, doubled or moved."""
    dice = random.Random(seed)
    if dice.random() < WHOLE:
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            return bytewise(content, most)
        for _ in range(dice.randint(1, 3)):
            document = _changed(document, dice)
        return json.dumps(document).encode()[:most]
    if dice.random() < 0.3:
        return _with_raw(content, dice)[:most]
    return bytewise(content, most)


def mutate_json_lines(content: bytes, most: int, seed: int, bytewise: Bytewise) -> bytes:
    """Return lines of which one is mutated, gone, doubled or moved."""
    dice = random.Random(seed)
    lines = content.split(b"\n")
    place = dice.randrange(len(lines))
    what = dice.randrange(8)
    if what == 0:
        del lines[place]
    elif what == 1:
        lines.insert(dice.randrange(len(lines) + 1), lines[place])
    elif what == 2:
        lines[place] = bytewise(lines[place], most)
    else:
        lines[place] = mutate_json(lines[place], most, dice.getrandbits(30), bytewise)
    return b"\n".join(lines)[:most]


def mutate_text(words: tuple[str, ...]) -> Callable[[bytes, int, int, Bytewise], bytes]:
    """Return a mutation that puts words of a grammar into a text, or takes a part of it again."""

    def mutate(content: bytes, most: int, seed: int, bytewise: Bytewise) -> bytes:
        dice = random.Random(seed)
        if dice.random() < 0.5:
            return bytewise(content, most)
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(content) + 1)
            if dice.random() < 0.7:
                put = dice.choice(words).encode("utf-8", "surrogatepass")
            else:
                start = dice.randrange(len(content) + 1)
                put = content[start : start + dice.randint(1, 20)]
            content = content[:at] + put + content[at + dice.choice((0, 0, 1, len(put))) :]
        return content[:most]

    return mutate


def _with_raw(content: bytes, dice: random.Random) -> bytes:
    ends = [place for place, letter in enumerate(content) if letter in b":,["]
    if not ends:
        return content
    at = dice.choice(ends) + 1
    end = at
    while end < len(content) and content[end] not in b",]}":
        end += 1
    return content[:at] + dice.choice(RAW) + content[end:]


def _places(value: Any, found: list[tuple[Any, Any]]) -> None:
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    for key, inner in pairs:
        found.append((value, key))
        _places(inner, found)


def _changed(document: Any, dice: random.Random) -> Any:
    places: list[tuple[Any, Any]] = []
    _places(document, places)
    if not places or dice.random() < 0.01:
        return dice.choice(ODD)
    holder, key = dice.choice(places)
    # Fresh values, so that no two places share one.
    other, elsewhere = dice.choice(places)
    what = dice.randrange(7)
    if what == 0:
        del holder[key]
    elif what == 1:
        holder[key] = json.loads(json.dumps(other[elsewhere]))
    elif what == 2 and isinstance(holder, dict):
        holder[elsewhere if isinstance(elsewhere, str) else "x"] = holder.pop(key)
    elif what == 2:
        holder.insert(key, json.loads(json.dumps(holder[key])))
    elif what == 3 and isinstance(holder[key], int | float):
        holder[key] = _near(holder[key], dice)
    elif what == 3 and isinstance(holder[key], str):
        text, cut = holder[key], dice.randint(0, len(holder[key]))
        holder[key] = text[:cut] + dice.choice(("", " ", "\n", "é", "\x7f", "1", "_", "`"))
    else:
        holder[key] = json.loads(json.dumps(dice.choice(ODD)))
    return document


def _near(number: float, dice: random.Random) -> float:
    try:
        return dice.choice((number + 1, number - 1, -number, number * 10, number / 3, number * 1e6))
    except OverflowError:
        return 0
