"""Files of training runs of v1."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from optwidgets.server.addresses import base_url
from optwidgets.server.errors import TooLarge
from optwidgets.server.faces.sigopt_v1.answers import Thing, answer, json_body
from optwidgets.server.faces.sigopt_v1.lists import make_router
from optwidgets.server.faces.sigopt_v1.requests import Body
from optwidgets.server.signing_in import Reader, Writer, host_of, public
from optwidgets.server.sigopt.training.files import (
    KEYS,
    MAX_BYTES,
    SIGNATURE,
    Files,
    Sent,
    find_address,
    take,
)
from optwidgets.server.steady import steady_time

router = make_router()
# What a stranger put there is shown by no browser as a page of this server.
HARMLESS = {
    "Content-Disposition": "attachment",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}
_BYTES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string"}}},
    }
}


@router.post("/training_runs/{run_id}/files", response_model=Thing, openapi_extra=json_body(*KEYS))
async def announce(request: Request, run_id: str, body: Body, principal: Writer) -> Response:
    """Announce a file; the answer says where to send it within five minutes."""
    files = Files(host_of(request), principal)
    address = f"{base_url(request)}/v1/files/upload"
    return answer(request, await files.announce(run_id, body, address))


@router.put(
    "/files/upload/{grant_id}",
    status_code=204,
    response_class=Response,
    dependencies=[public()],
    openapi_extra=_BYTES,
)
async def upload(request: Request, grant_id: str) -> Response:
    """Take a file that was announced; the secret of its address is in a header."""
    host, signature, at = host_of(request), request.headers.get(SIGNATURE, ""), steady_time()
    # Before the body: who announced nothing sends nothing.
    await host.read(lambda connection: find_address(connection, grant_id, Sent(b"", signature, at)))
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > MAX_BYTES:
            raise TooLarge(f"A file of a training run may have up to {MAX_BYTES >> 20} MiB.")
    sent = Sent(bytes(content), signature, at)
    await host.write(lambda tx: take(tx, grant_id, sent))
    return Response(status_code=204)


@router.get("/files/{file_id}", response_model=Thing)
async def fetch(request: Request, file_id: str, principal: Reader) -> Response:
    """Return what a file is, and where its bytes are."""
    shown, _ = await Files(host_of(request), principal).file(file_id)
    where = {"url": f"{base_url(request)}/v1/files/{shown['id']}/content", "method": "GET"}
    return answer(request, {**shown, "download": where})


@router.get(
    "/files/{file_id}/content",
    response_class=Response,
    responses={200: {"content": {"*/*": {}}, "description": "The file"}},
)
async def content(request: Request, file_id: str, principal: Reader) -> Response:
    """Return the bytes of a file, for a program and not for a browser to show."""
    shown, content = await Files(host_of(request), principal).file(file_id)
    return Response(content, media_type=shown["content_type"], headers=HARMLESS)
