"""Connection: experiments on a server, called as SigOpt's first client called them."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Mapping
from typing import Any, Self

import httpx

from optwidgets.client.address import TOKEN_VARIABLE, find_token, parse_address
from optwidgets.client.answers import ApiObject, Response
from optwidgets.client.endpoints import CLIENT, USER, EndpointGroup
from optwidgets.client.http import CONNECT_SECONDS, NotAllowed, Pauses, Refused, Unreachable
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.protocol import JournalError

DEFAULT_URL = "http://127.0.0.1:8000"
#: A suggestion by a model takes its time; the server answers without one after a minute.
ANSWER_SECONDS = 120.0
PATIENCE_SECONDS = 60.0
_FOR_NOW = frozenset({429, 502, 503, 504})


class Connection:
    """Experiments on an optwidgets server: create, suggest, report.

    Every experiment is a session: it opens in a notebook, too
    (``OptimizationSession.attach(api_url)``), and takes results from both sides.

    Parameters
    ----------
    client_token
        Token for suggestions and reports: give this one alone to what runs in production.
    user_token
        Token for making, reading, changing and deleting experiments.
    worker_id
        Name of this worker, if there are several: each one keeps its suggestion until it
        reports, and no two hold the same one.
    api_url
        Address of the server; ``OPTWIDGETS_URL``, or this machine's, if not given.
    patience
        Seconds for which a server that is away is tried again. Each call has a key, so that
        one that is repeated counts once.

    Raises
    ------
    OptwidgetsError
        Without any token: give one, or set ``OPTWIDGETS_TOKEN``, which then serves both roles.

    Notes
    -----
    Source: the first version of SigOpt's API (2015), whose calls these are. Tokens travel in a
    header and not, as they did there, in addresses.

    Examples
    --------
    >>> conn = Connection(user_token="ow_user", client_token="ow_client")
    >>> conn.experiments
    <experiments: create(...); on one of them (experiments(ID)): fetch, update, delete, suggest, \
suggestmulti, report, reportmulti, history, bestobservation, reset, workers, releaseworker>
    >>> Connection(client_token="ow_client").experiments(1).fetch()
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: experiments/1 needs the user_token. Give it: \
Connection(user_token=...).
    """

    def __init__(
        self,
        client_token: str | None = None,
        user_token: str | None = None,
        worker_id: str | None = None,
        *,
        api_url: str | None = None,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        address = parse_address(api_url or os.environ.get("OPTWIDGETS_URL") or DEFAULT_URL)
        if client_token is None and user_token is None:
            client_token = user_token = find_token(address)
        if client_token is None and user_token is None:
            raise OptwidgetsError(
                "A Connection needs a user_token, a client_token, or both. Make one with "
                f"optwidgets token create, or set {TOKEN_VARIABLE}.",
                field="client_token",
            )
        self.api_url = address.base
        self._host = address.host
        self._tokens = {CLIENT: client_token, USER: user_token}
        self._worker = worker_id
        self._patience = patience
        self._client = httpx.Client(
            base_url=address.base,
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
        )
        self.experiments = EndpointGroup("experiments", self._call)
        self.clients = EndpointGroup("clients", self._call)
        self.users = EndpointGroup("users", self._call)

    def close(self) -> None:
        """Give the network connections back."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        given = [name for name, token in self._tokens.items() if token]
        return f"Connection({self.api_url!r} with {' and '.join(given)})"

    # ------------------------------------------------------------ inside

    def _call(self, path: str, method: str, role: str, parameters: Mapping[str, Any]) -> Response:
        token = self._token(path, role)
        values = {"worker_id": self._worker, **parameters}
        written = {name: _written(value) for name, value in values.items() if value is not None}
        headers = {"Authorization": f"Bearer {token}"}
        if method == "POST":
            headers["Idempotency-Key"] = uuid.uuid4().hex
        request = {"data" if method == "POST" else "params": written, "headers": headers}
        pauses, end = Pauses(), time.monotonic() + self._patience
        while True:
            try:
                return self._send(method, f"/v0/{path}", request)
            except Unreachable as error:
                pause = pauses.next(error.retry_after)
                if time.monotonic() + pause > end:
                    raise
                time.sleep(pause)

    def _token(self, path: str, role: str) -> str:
        token = self._tokens[role] if role else self._tokens[CLIENT] or self._tokens[USER]
        if token is None:
            raise OptwidgetsError(
                f"{path} needs the {role}. Give it: Connection({role}=...).", field=role
            )
        return token

    def _send(self, method: str, path: str, request: dict[str, Any]) -> Response:
        try:
            answer = self._client.request(method, path, **request)
        except httpx.HTTPError as error:
            raise Unreachable(
                f"No server can be reached at {self.api_url}. Check the address and that "
                "`optwidgets serve` runs there."
            ) from error
        if answer.status_code in _FOR_NOW:
            raise Unreachable(
                f"The server at {self._host} is busy or restarting (HTTP {answer.status_code}). "
                "Try again in a moment.",
                _seconds(answer.headers.get("Retry-After")),
            )
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict) or not {"response", "error"} & set(body):
            raise JournalError(
                f"What answers at {self.api_url} is no optwidgets server. Check the address and "
                "the port; `optwidgets serve` prints them."
            )
        if answer.is_success:
            return Response(body.get("response") or {})
        told = body.get("error")
        message = str(told.get("message")) if isinstance(told, dict) else str(told)
        refused = NotAllowed if answer.status_code in (401, 403) else Refused
        raise refused(message, answer.status_code, body)


def _written(value: Any) -> str:
    """Write a parameter: objects and lists as JSON, the rest as text."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, default=_plain, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise OptwidgetsError(
            f"The parameters of a call must be numbers, texts, lists and dicts: {error}."
        ) from error


def _plain(value: Any) -> Any:
    if isinstance(value, ApiObject):
        return value.to_json()
    if isinstance(value, Mapping):
        return dict(value)
    for name in ("tolist", "item"):  # arrays and numbers of NumPy
        convert = getattr(value, name, None)
        if convert is not None:
            return convert()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _seconds(text: str | None) -> float | None:
    try:
        return max(float(text), 0.0) if text else None
    except ValueError:
        return None
