"""VergeAI's experiments API: projects, experiments, jobs in sequence, models by grant.

Kept for clients written for Internet SmokeAlarm's service (2020): facts and names are those
of its client and its documentation. Its faults are not kept.
"""

from __future__ import annotations

from optwidgets.server.face import Face
from optwidgets.server.faces.vergeai import devices, experiments, jobs, projects, transfers
from optwidgets.server.faces.vergeai.callers import bare_token
from optwidgets.server.faces.vergeai.errors import answer
from optwidgets.server.faces.vergeai.running import lifespan

face = Face(
    routers=(
        projects.router,
        experiments.router,
        jobs.router,
        devices.router,
        transfers.router,
    ),
    credentials=bare_token,
    error=answer,
    lifespan=lifespan,
)
