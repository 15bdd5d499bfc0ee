"""What a server of ALchemist says a session is: the differences lead there, and then there are none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache

from optwidgets.client.alchemist.news import Known, differences
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.rules import check as check_rules
from optwidgets.journal.state import SessionState
from support.fuzz.samples import small
from support.fuzz.target import refused
from support.fuzz.targets import session_file


def seeds() -> Iterator[bytes]:
    return session_file.seeds()


@cache
def state() -> SessionState:
    return small().state


def check(content: bytes) -> None:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return
    if not isinstance(document, dict):
        return
    known = Known()
    try:
        after = check_rules(state(), differences(state(), document, known))
    except OptwidgetsError as error:
        refused(error)
        return
    assert not [c for c in differences(after, document, known) if type(c).__name__ == "RowsAdded"]
