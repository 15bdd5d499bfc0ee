"""Server-sent events as a notebook reads them: any bytes, in pieces of any length."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from optwidgets.client.events import ServerEvent, events_of
from optwidgets.client.link import _lines
from support.fuzz.mutation import mutate_text

mutate = mutate_text(
    ("id: 7", "event: entries", "data: {}", "data:", "data: ", ": here", "retry: 5", "\ufeff",
     "\r", "\n", "\r\n", "\n\n", "\r\n\r\n", "\x00", "\u2028", "\x85", ":", "id", "é", "\x0b"),
)  # fmt: skip


def seeds() -> Iterator[bytes]:
    yield b"id: 7\nevent: entries\ndata: {}\n\n: still here\n\n"
    yield b"data: one\r\ndata: two\r\nid: 8\r\n\r\nevent: gone\r\ndata\r\n\r\n"


def check(content: bytes) -> None:
    size = 1 + (content[0] if content else 0) % 13
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    found = read(pieces)
    assert found == read([content]), "the events depend on how the bytes were cut"
    written = "".join(map(wire, found)).encode()
    assert read([written]) == found


def read(pieces: list[bytes]) -> list[ServerEvent]:
    answer = httpx.Response(200, content=iter(pieces))
    return [event for event in events_of(_lines(answer)) if event is not None]


def wire(event: ServerEvent) -> str:
    head = f"event: {event.kind}\n" + ("" if event.id is None else f"id: {event.id}\n")
    return head + "".join(f"data: {line}\n" for line in event.data.split("\n")) + "\n"
