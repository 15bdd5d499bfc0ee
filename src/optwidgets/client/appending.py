"""One append on its way to a server, wherever it is kept meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optwidgets.journal.changes import Change
    from optwidgets.journal.entry import Step


@dataclass(frozen=True)
class Append:
    """What `Journal.append` was given, all or nothing and counted once.

    Parameters
    ----------
    changes
        The changes, one step.
    actor
        In whose name.
    key
        Idempotency key; an append that is sent again counts once.
    step, target
        As in `Journal.append`.
    """

    changes: tuple[Change, ...]
    actor: str
    key: str
    step: Step
    target: int | None
