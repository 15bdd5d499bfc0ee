"""What somebody finds who opens the server's address: its name, and a page of all its routes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from optwidgets.server.signing_in import public

router = APIRouter(tags=["server"])

#: The page has no scripts, and needs nothing from anywhere else: it works in a closed network.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
td {{ padding: .15rem 1rem .15rem 0; vertical-align: top }}
code {{ overflow-wrap: anywhere }}
</style>
<h1>{title}</h1>
<p>{words} Bodies and answers are described in <a href="openapi.json">openapi.json</a>.</p>
{chapters}
</html>
"""


class Welcome(BaseModel):
    """Which program answers, and where it says more."""

    name: str
    version: str
    docs: str = "/api/docs"
    health: str = "/health"


@router.get("/", dependencies=[public()])
@router.get("/api", dependencies=[public()])
async def welcome(request: Request) -> Welcome:
    """Say which program answers here."""
    return Welcome(name=request.app.title, version=request.app.version)


@router.get("/api/docs", include_in_schema=False, dependencies=[public()])
@router.get("/api/redoc", include_in_schema=False, dependencies=[public()])
async def page(request: Request) -> HTMLResponse:
    """Show all routes to people."""
    await request.app.state.faces.all()
    text = await asyncio.to_thread(lambda: page_of(request.app.openapi()))
    return HTMLResponse(text, headers={"Content-Security-Policy": _POLICY})


def page_of(document: Mapping[str, Any]) -> str:
    """Return an OpenAPI document as a page for people.

    Parameters
    ----------
    document
        The document.

    Examples
    --------
    >>> paths = {"/health": {"get": {"tags": ["server"], "summary": "Health"}}}
    >>> page = page_of({"info": {"title": "optwidgets", "version": "1"}, "paths": paths})
    >>> "<td>GET<td><code>/health</code><td>Health" in page
    True
    """
    chapters: dict[str, list[str]] = {}
    for tag, line in _lines(document["paths"]):
        chapters.setdefault(tag, []).append(line)
    info = document["info"]
    return _PAGE.format(
        title=escape(f"{info['title']} {info['version']}"),
        words=escape(str(info.get("description", ""))),
        chapters="\n".join(
            f"<h2>{escape(tag)}</h2>\n<table>\n{chr(10).join(lines)}\n</table>"
            for tag, lines in chapters.items()
        ),
    )


def _lines(paths: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for path, methods in paths.items():
        for method, operation in methods.items():
            words = str(operation.get("description") or operation.get("summary") or "")
            first = words.partition("\n\n")[0]
            line = (
                f"<tr><td>{escape(method.upper())}<td><code>{escape(path)}</code>"
                f"<td>{escape(first)}"
            )
            yield str((operation.get("tags") or ["other"])[0]), line
