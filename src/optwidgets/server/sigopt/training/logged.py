"""What a training run has logged, as plain JSON values, and how an update changes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from optwidgets.errors import OptwidgetsError
from optwidgets.server.sigopt.reading import MAX_METADATA_TEXT, Fields, is_number, read_metadata
from optwidgets.space.text import short

STATES = ("active", "completed", "failed")
#: Longest text of a log or of a program, and all that one run may log.
MAX_LOG = 256 << 10
MAX_DOCUMENT = 2 << 20
MAX_RUN_NAME = 500
MAX_TAGS = 100

Check = Callable[[Fields, str], Any]


def _object_of(check: Callable[[Any], bool], wanted: str) -> Check:
    def read(fields: Fields, key: str) -> dict[str, Any]:
        given = fields.object(key) or {}
        for name, value in given.items():
            if not 1 <= len(name) <= MAX_METADATA_TEXT or not (value is None or check(value)):
                raise OptwidgetsError(
                    f'{key} of the training run must be {wanted}: look at "{short(name)}".',
                    field=key,
                )
        return given

    return read


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | bool) or is_number(value)


def _is_metric(value: Any) -> bool:
    if not isinstance(value, Mapping) or not set(value) <= {
        "value",
        "value_stddev",
        "name",
        "object",
    }:
        return False
    stddev = value.get("value_stddev")
    return is_number(value.get("value")) and (stddev is None or (is_number(stddev) and stddev >= 0))


def _is_log(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("content"), str)


def _is_texts(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        _is_plain(item) or item is None for item in value.values()
    )


def _metadata(fields: Fields, key: str) -> dict[str, Any]:
    given = fields.object(key) or {}
    read_metadata(given, "The training run")
    return given


def _texts(*known: str) -> Check:
    def read(fields: Fields, key: str) -> dict[str, Any]:
        inner = Fields(fields.object(key) or {}, f"The {key}", known)
        for name in inner.data:
            inner.text(name, longest=MAX_LOG)
        return inner.data

    return read


def _any_object(fields: Fields, key: str) -> dict[str, Any]:
    return fields.object(key) or {}


#: Parts of a run that are objects, and what they may hold.
PARTS: dict[str, Check] = {
    "assignments": _object_of(_is_plain, "texts and numbers by name"),
    "assignments_meta": _object_of(_is_texts, "objects by name of an assignment"),
    "assignments_sources": _object_of(_is_texts, "objects by name of a source"),
    "values": _object_of(_is_metric, "objects with value and value_stddev, by name of a metric"),
    "metadata": _metadata,
    "dev_metadata": _metadata,
    "sys_metadata": _any_object,
    "datasets": _object_of(lambda value: isinstance(value, Mapping), "objects by name"),
    "logs": _object_of(_is_log, "objects with content, by name of a stream"),
    "model": _texts("type"),
    "source_code": _texts("content", "hash"),
}
KEYS = ("name", "state", "deleted", "favorite", "tags", "finished", *PARTS)


@dataclass(frozen=True)
class Update:
    """A change of a run, checked.

    Parameters
    ----------
    parts
        New values of parts that are objects.
    plain
        New ``name``, ``favorite`` and ``tags``.
    state
        New state, or None.
    deleted
        Whether it is deleted from now on, or None.
    """

    parts: dict[str, dict[str, Any]] = field(default_factory=dict)
    plain: dict[str, Any] = field(default_factory=dict)
    state: str | None = None
    deleted: bool | None = None


def read_update(data: Any) -> Update:
    """Read what a client wants to log.

    Raises
    ------
    OptwidgetsError
        Names the part that is not as it should be.

    Examples
    --------
    >>> read_update({"values": {"accuracy": {"value": 0.9}}}).parts
    {'values': {'accuracy': {'value': 0.9}}}
    """
    fields = Fields(data, "The training run", KEYS)
    parts = {key: check(fields, key) for key, check in PARTS.items() if fields.has(key)}
    plain: dict[str, Any] = {}
    if fields.has("name"):
        plain["name"] = fields.text("name", longest=MAX_RUN_NAME)
    if "favorite" in fields.data:
        plain["favorite"] = fields.flag("favorite")
    if fields.has("tags"):
        tags = fields.items("tags") or []
        if len(tags) > MAX_TAGS or not all(
            isinstance(tag, str) and len(tag) <= 100 for tag in tags
        ):
            raise fields.wrong("tags", f"a list of at most {MAX_TAGS} texts")
        plain["tags"] = tags
    state = fields.choice("state", STATES, "") or None
    if fields.flag("finished") and state is None:
        state = "completed"
    deleted = fields.flag("deleted") if fields.has("deleted") else None
    return Update(parts, plain, state, deleted)


def apply(document: Mapping[str, Any], update: Update, *, merge: bool) -> dict[str, Any]:
    """Return what a run has logged after an update.

    Parameters
    ----------
    document
        What it has logged so far.
    update
        The change.
    merge
        Whether objects are merged, key by key and at every depth, instead of replaced. Null
        takes a key away.

    Examples
    --------
    >>> first = apply({}, read_update({"metadata": {"a": 1, "b": 2}}), merge=True)
    >>> apply(first, read_update({"metadata": {"a": None, "c": 3}}), merge=True)
    {'metadata': {'b': 2, 'c': 3}}
    >>> apply(first, read_update({"metadata": {"c": 3}}), merge=False)
    {'metadata': {'c': 3}}
    """
    found = {**document, **update.plain}
    for key, value in update.parts.items():
        found[key] = merged(found.get(key, {}) if merge else {}, value)
    try:
        size = len(json.dumps(found, ensure_ascii=False).encode())
    except UnicodeEncodeError as error:
        raise OptwidgetsError("The training run holds half of a character. Send UTF-8.") from error
    if size > MAX_DOCUMENT:
        raise OptwidgetsError(
            f"A training run may log up to {MAX_DOCUMENT >> 20} MiB. Send less, or a file."
        )
    return found


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with another merged into it; null takes a key away."""
    found = dict(old)
    for key, value in new.items():
        if value is None:
            found.pop(key, None)
        elif isinstance(value, Mapping):
            before = found.get(key)
            found[key] = merged(before if isinstance(before, Mapping) else {}, value)
        else:
            found[key] = value
    return found
