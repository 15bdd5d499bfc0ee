"""Answers under idempotency keys: a request that comes again gets what it was answered first."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from optwidgets.journal.entry import canonical_json, now
from optwidgets.server.errors import Unprocessable
from optwidgets.server.tables import answers_table

_OF_PRINCIPAL = sa.select(answers_table).where(
    answers_table.c.principal == sa.bindparam("its_principal"),
    answers_table.c.key.in_(sa.bindparam("its_keys", expanding=True)),
)


@dataclass(frozen=True)
class Answer:
    """What a request was answered: status, JSON values, and whether it is a repeat."""

    status: int
    body: Any
    replayed: bool = False

    @cached_property
    def text(self) -> str:
        """The JSON values as text: what is stored is what is sent."""
        return canonical_json(self.body)


@dataclass(frozen=True)
class Once:
    """A request that may be sent again and must count once.

    Parameters
    ----------
    principal
        Whose key it is: keys of others are other keys.
    key
        The ``Idempotency-Key``.
    content
        What is asked for; a key that comes back with other content is refused.
    """

    principal: str
    key: str
    content: str | bytes

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the content."""
        content = self.content.encode() if isinstance(self.content, str) else self.content
        return hashlib.sha256(content).hexdigest()


class Answers:
    """The answers that the operations of one group may repeat: stored ones, and the group's own.

    They are read together before the operations begin: a query for each operation would take
    longer than the operation.

    Examples
    --------
    >>> answers, once = Answers(), Once("me", "key-1", "a body")
    >>> answers.find(once) is None
    True
    >>> line = answers.note(once, Answer(201, {"revision": 1}))
    >>> answers.find(once).replayed
    True
    """

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], dict[str, Any]] = {}

    def read(self, connection: sa.Connection, requests: Iterable[Once]) -> None:
        """Read what was answered to requests before."""
        keys: dict[str, list[str]] = defaultdict(list)
        for once in requests:
            keys[once.principal].append(once.key)
        for principal, its_keys in keys.items():
            known = {"its_principal": principal, "its_keys": its_keys}
            for line in connection.execute(_OF_PRINCIPAL, known).mappings():
                self._lines[principal, line["key"]] = dict(line)

    def find(self, once: Once) -> Answer | None:
        """Return what a request was answered, or None if it is new.

        Raises
        ------
        Unprocessable
            When the key came with other content before.
        """
        line = self._lines.get((once.principal, once.key))
        if line is None:
            return None
        if line["fingerprint"] != once.fingerprint:
            raise Unprocessable(
                "This Idempotency-Key was used for another request. Use a new key for each "
                "request, and the same one only to repeat it."
            )
        return Answer(line["status"], json.loads(line["body"]), replayed=True)

    def note(self, once: Once, answer: Answer) -> dict[str, Any]:
        """Remember an answer, and return its line for the table of answers."""
        line = {
            "principal": once.principal,
            "key": once.key,
            "fingerprint": once.fingerprint,
            "status": answer.status,
            "body": answer.text,
            "at": now(),
        }
        self._lines[once.principal, once.key] = line
        return line
