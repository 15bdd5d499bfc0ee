"""SigOpt's API v0, as the clients up to 0.6.2 speak it."""

from __future__ import annotations

from optwidgets.server.face import Face
from optwidgets.server.faces.sigopt_v0 import accounts, experiments
from optwidgets.server.faces.sigopt_v0.answers import error_answer
from optwidgets.server.faces.sigopt_v0.params import token_of

face = Face(
    routers=(experiments.router, accounts.router),
    credentials=token_of,
    error=error_answer,
)
