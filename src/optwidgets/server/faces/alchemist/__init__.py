"""ALchemist's REST API 0.4.0 and its WebSocket, so that clients written for it work unchanged.

The wire is described by ALchemist's own OpenAPI document. What is a defect there is done right
here in the same form: locks hold, no answer names a path, one row is one cheap write.
"""

from __future__ import annotations

from optwidgets.server.face import Face, header_token
from optwidgets.server.faces.alchemist import (
    acquisition,
    audit,
    designs,
    experiments,
    live,
    llm,
    locking,
    model,
    queue_routes,
    recovery,
    sessions,
    staged,
    variables,
    visualizations,
)
from optwidgets.server.faces.alchemist.errors import error_response

# In this order: a path with a fixed word comes before one with an id in its place.
_PARTS = (
    sessions,
    locking,
    recovery,
    audit,
    variables,
    staged,
    queue_routes,
    experiments,
    designs,
    model,
    acquisition,
    visualizations,
    llm,
    live,
)

face = Face(
    routers=tuple(part.router for part in _PARTS),
    credentials=header_token,
    error=error_response,
)
