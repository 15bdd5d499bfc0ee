"""Routes of language models, which this server does not have."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from optwidgets.server.declaring import refusal
from optwidgets.server.errors import ServerError
from optwidgets.server.faces.alchemist.schemas.common import ErrorResponse
from optwidgets.server.signing_in import needs

ABSENT: dict[int | str, dict[str, Any]] = {501: refusal(ErrorResponse)}
router = APIRouter(prefix="/api/v1/llm", tags=["LLM"], responses=ABSENT)


class NotImplementedHereError(ServerError):
    """A route that exists elsewhere and not here."""

    status = 501


async def _absent() -> None:
    raise NotImplementedHereError(
        "This server asks no language model. Name the effects of an optimal design yourself, in "
        "'effects' of POST .../optimal-design."
    )


for _path, _method in (
    ("/suggest-effects/{session_id}", "POST"),
    ("/config", "GET"),
    ("/config", "POST"),
    ("/ollama/models", "GET"),
):
    router.add_api_route(
        _path,
        _absent,
        methods=[_method],
        dependencies=[needs("read")],
        summary="Not here",
        name=f"llm_{_method.lower()}_{_path.split('/')[1].split('-')[0]}",
    )
