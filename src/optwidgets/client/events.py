"""Server-sent events: the lines of an endless answer as events, with their ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class ServerEvent:
    """One event of a stream.

    Parameters
    ----------
    kind
        Its name, such as ``entries``; ``message`` if it has none.
    data
        Its text.
    id
        Where the stream can be resumed, or None.
    """

    kind: str
    data: str
    id: str | None = None


def events_of(lines: Iterable[str]) -> Iterator[ServerEvent | None]:
    """Read events from the lines of a stream (WHATWG HTML, "Server-sent events").

    None stands for a comment, with which a server shows that it is there.

    Examples
    --------
    >>> list(events_of(["id: 7", "event: entries", "data: {}", "", ": still here"]))
    [ServerEvent(kind='entries', data='{}', id='7'), None]
    """
    kind, at = "", None
    data: list[str] = []
    for line in lines:
        if line.startswith(":"):
            yield None
        elif not line:
            if data:
                yield ServerEvent(kind or "message", "\n".join(data), at)
            kind, data, at = "", [], None
        else:
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                kind = value
            elif field == "data":
                data.append(value)
            elif field == "id":
                at = value
