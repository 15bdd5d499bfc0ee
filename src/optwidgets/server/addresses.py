"""Under which address a client reached this server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request

_HOST = re.compile(r"[A-Za-z0-9.\-:\[\]_]{1,255}")


def base_url(request: Request) -> str:
    """Return the address of the server as the client called it, without a slash at its end.

    Behind a proxy it is in ``X-Forwarded-*``; a client that forges them misleads only itself.

    Examples
    --------
    >>> from starlette.requests import Request
    >>> headers = [(b"host", b"127.0.0.1:8000"), (b"x-forwarded-proto", b"https")]
    >>> scope = {"type": "http", "scheme": "http", "path": "/v1", "headers": headers}
    >>> base_url(Request(scope))
    'https://127.0.0.1:8000'
    """
    headers = request.headers
    scheme = headers.get("x-forwarded-proto", request.url.scheme).split(",")[0].strip()
    host = headers.get("x-forwarded-host", headers.get("host", "")).split(",")[0].strip()
    if scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        return str(request.base_url).rstrip("/")
    return f"{scheme}://{host}{request.scope.get('root_path', '')}"
