"""Damage to a file as disks and copies do it: bits flipped, bytes and runs zeroed, ends cut off."""

from __future__ import annotations

import random

HEAD = 4096  # the first page of a SQLite file: its header and what tables it has


def damaged(whole: bytes, seed: int) -> bytes:
    """Return a copy with 1 to 64 bytes hurt, another one for each seed; never the same."""
    dice = random.Random(seed)
    while True:
        content = _hurt(bytearray(whole), dice)
        if content != whole:
            return content


def _hurt(content: bytearray, dice: random.Random) -> bytes:
    number = dice.choice([1, 1, 2, 4, 16, 64])
    reach = dice.choice([len(content), len(content), HEAD])
    how = dice.choice(["flipped", "zeroed", "run zeroed", "cut"])
    if how == "flipped":
        for _ in range(number):
            content[dice.randrange(reach)] ^= 1 << dice.randrange(8)
    elif how == "zeroed":
        for _ in range(number):
            content[dice.randrange(reach)] = 0
    elif how == "run zeroed":
        begin = dice.randrange(reach - number)
        content[begin : begin + number] = bytes(number)
    else:
        del content[dice.choice([len(content) - number, dice.randrange(len(content))]) :]
    return bytes(content)
