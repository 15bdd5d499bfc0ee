"""Long work beside the notebook: one worker per session, progress, cancel, deadline.

A task runs in a thread and calls `progress` often; see `worker` for how it is cancelled.
"""

from __future__ import annotations

from optwidgets.tasks.task import (
    Cancelled,
    CancelledLate,
    DeadlineExceeded,
    Progress,
    Task,
    TaskState,
    no_progress,
)
from optwidgets.tasks.worker import GRACE_SECONDS, Worker

__all__ = [
    "GRACE_SECONDS",
    "Cancelled",
    "CancelledLate",
    "DeadlineExceeded",
    "Progress",
    "Task",
    "TaskState",
    "Worker",
    "no_progress",
]
