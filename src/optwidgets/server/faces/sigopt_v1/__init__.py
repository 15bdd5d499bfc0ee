"""SigOpt's API v1, as the clients from 1.0 to 8.8.3 speak it."""

from __future__ import annotations

from optwidgets.server.face import Face, header_token
from optwidgets.server.faces.sigopt_v1 import (
    accounts,
    aiexperiments,
    experiments,
    files,
    observations,
    suggestions,
    training,
)
from optwidgets.server.faces.sigopt_v1.answers import error_answer

face = Face(
    routers=(
        experiments.router,
        suggestions.router,
        observations.router,
        accounts.router,
        aiexperiments.router,
        training.router,
        files.router,
    ),
    credentials=header_token,
    error=error_answer,
)
