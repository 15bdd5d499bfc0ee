"""Parameters of v0: form fields and queries, among them the tokens."""

from __future__ import annotations

import ast
import json
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from optwidgets.errors import OptwidgetsError
from optwidgets.server.errors import NotSignedIn
from optwidgets.server.face import header_token
from optwidgets.server.sigopt.reading import MAX_DEPTH, read_json
from optwidgets.space.text import short

MAX_FIELDS = 100
#: Lists come as Python writes them; longer ones are sent as JSON or in parts.
MAX_LIST = 4 << 20

USER, CLIENT = "user_token", "client_token"
#: Which token serves which call; the others take either.
USER_CALLS = ("create", "delete", "update", None)
CLIENT_CALLS = ("suggest", "suggestmulti", "report", "reportmulti")


async def read_params(request: Request) -> dict[str, str]:
    """Read the parameters of a request: of the query, and of the form.

    Raises
    ------
    OptwidgetsError
        For a form that cannot be read.
    """
    known: dict[str, str] | None = getattr(request.state, "sigopt_params", None)
    if known is not None:
        return known
    found = dict(request.query_params)
    if request.method == "POST":
        body = await request.body()
        try:
            pairs = parse_qsl(
                body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
            )
        except ValueError as error:
            raise OptwidgetsError(
                f"The form cannot be read. Send URL-encoded UTF-8 of at most {MAX_FIELDS} fields."
            ) from error
        found.update(pairs)
    request.state.sigopt_params = found
    return found


Params = Annotated[dict[str, str], Depends(read_params)]


async def token_of(request: Request) -> str | None:
    """Return the token of the role that a call needs, or the one of the header.

    Raises
    ------
    NotSignedIn
        When the token of the other role came alone; the sentence names the one that is missing.
    """
    params = await read_params(request)
    given = {name: params[name] for name in (USER, CLIENT) if params.get(name)}
    if not given:
        return await header_token(request)
    needed = role_of(request.url.path)
    if needed is None:
        return given.get(CLIENT) or given.get(USER)
    if needed not in given:
        raise NotSignedIn(f"This call needs the {needed}. Give it to the Connection.")
    return given[needed]


def role_of(path: str) -> str | None:
    """Name of the token that a path needs, or None where either is fine.

    Examples
    --------
    >>> role_of("/v0/experiments/1/suggest"), role_of("/v0/experiments/1")
    ('client_token', 'user_token')
    >>> role_of("/v0/experiments/1/history") is None
    True
    """
    group, _, rest = path.removeprefix("/v0/").partition("/")
    if group != "experiments":
        return USER
    _, _, call = rest.partition("/")
    if rest == "create" or (call or None) in USER_CALLS:
        return USER
    return CLIENT if call in CLIENT_CALLS else None


def data_of(params: dict[str, str]) -> Any:
    """Read the parameter ``data``: JSON, or a list as Python writes it.

    Raises
    ------
    OptwidgetsError
        When it is missing or neither.

    Examples
    --------
    >>> data_of({"data": '{"value": 1}'}), data_of({"data": "[{'value': 1}]"})
    ({'value': 1}, [{'value': 1}])
    """
    text = params.get("data")
    if text is None:
        raise OptwidgetsError("The call needs the parameter data.", field="data")
    if text.lstrip().startswith("[") and "'" in text:
        return _python_list(text)
    return read_json(text)


def _python_list(text: str) -> Any:
    """Read a list that a client wrote by ``str``: literals only, nothing is executed."""
    try:
        return read_json(text)
    except OptwidgetsError:
        if len(text) > MAX_LIST or text.count("(") > MAX_DEPTH:
            raise
    try:
        found = ast.literal_eval(text)
        # Back through JSON, so that only what JSON knows goes on.
        written = json.dumps(found, allow_nan=False)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise OptwidgetsError(
            f"data is neither JSON nor a list of Python: {short(text)}.", field="data"
        ) from error
    return read_json(written)


def count_of(params: dict[str, str], most: int) -> int:
    """Read how many suggestions are wanted.

    Raises
    ------
    OptwidgetsError
        For another number than 1 to `most`.
    """
    text = params.get("count", "1")
    if not text.isascii() or not text.isdigit() or len(text) > 4 or not 1 <= int(text) <= most:
        raise OptwidgetsError(
            f"count must be a whole number from 1 to {most}, not {short(text)}.", field="count"
        )
    return int(text)
