"""The calls of a `Connection`: groups, endpoints, and the token that each one needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from optwidgets.client.answers import Response
from optwidgets.errors import OptwidgetsError
from optwidgets.space.text import did_you_mean, short

USER, CLIENT = "user_token", "client_token"
#: Either token is fine.
EITHER = ""
#: Group, name, method, role, parameters -> the answer.
Call = Callable[[str, str, str, Mapping[str, Any]], Response]


@dataclass(frozen=True)
class Endpoint:
    """One call.

    Parameters
    ----------
    name
        Last part of its path; empty for the object itself.
    method
        HTTP method.
    role
        The token that it needs: ``user_token``, ``client_token``, or either.
    words
        What it does.
    """

    name: str
    method: str
    role: str
    words: str


def _table(*endpoints: Endpoint) -> dict[str, Endpoint]:
    return {endpoint.name or "fetch": endpoint for endpoint in endpoints}


FETCH = Endpoint("", "GET", USER, "Return the object")

#: Group to its endpoints on a single object. ``create`` belongs to the group itself.
GROUPS: dict[str, dict[str, Endpoint]] = {
    "experiments": _table(
        FETCH,
        Endpoint("update", "POST", USER, "Change the experiment"),
        Endpoint("delete", "POST", USER, "Delete the experiment"),
        Endpoint("suggest", "POST", CLIENT, "Return settings to try"),
        Endpoint("suggestmulti", "POST", CLIENT, "Return several settings to try"),
        Endpoint("report", "POST", CLIENT, "Report a result"),
        Endpoint("reportmulti", "POST", CLIENT, "Report several results"),
        Endpoint("history", "GET", EITHER, "Return the results in pages"),
        Endpoint("bestobservation", "GET", EITHER, "Return the best result"),
        Endpoint("reset", "POST", EITHER, "Delete all suggestions and results"),
        Endpoint("workers", "GET", EITHER, "Return who holds which suggestion"),
        Endpoint("releaseworker", "POST", EITHER, "Take a worker's suggestion away"),
    ),
    "clients": _table(
        FETCH, Endpoint("experiments", "GET", USER, "Return the client's experiments")
    ),
    "users": _table(FETCH, Endpoint("roles", "GET", USER, "Return what the user may do")),
}
CREATE = Endpoint("create", "POST", USER, "Create an object")


class EndpointGroup:
    """Calls that belong together, such as ``conn.experiments``.

    ``group.create(...)`` makes an object, ``group(ID)`` is one of them.
    """

    def __init__(self, name: str, call: Call) -> None:
        self._name = name
        self._call = call

    def __call__(self, object_id: str | int) -> Instance:
        """Return the calls of one object; nothing is sent."""
        text = str(object_id)
        if not text.isalnum():
            raise OptwidgetsError(
                f"{short(repr(object_id))} is no id. Give one that `create` returned, such as 1.",
                field="id",
            )
        return Instance(self._name, text, self._call)

    def create(self, **parameters: Any) -> Response:
        """Make an object: ``create(client_id=1, data={...}).experiment``."""
        if self._name != "experiments":
            raise OptwidgetsError(
                f"{self._name} cannot be created. Only experiments can: conn.experiments.create()."
            )
        return self._call(f"{self._name}/create", CREATE.method, CREATE.role, parameters)

    def __repr__(self) -> str:
        calls = ", ".join(GROUPS[self._name])
        return f"<{self._name}: create(...); on one of them ({self._name}(ID)): {calls}>"


class Instance:
    """The calls of one object, such as ``conn.experiments(1)``."""

    def __init__(self, group: str, object_id: str, call: Call) -> None:
        self._group = group
        self._id = object_id
        self._call = call

    def __getattr__(self, name: str) -> Callable[..., Response]:
        endpoint = GROUPS[self._group].get(name)
        if endpoint is None:
            if name.startswith("_"):
                raise AttributeError(name)
            raise AttributeError(did_you_mean(name, GROUPS[self._group]))
        path = f"{self._group}/{self._id}" + (f"/{endpoint.name}" if endpoint.name else "")

        def call(**parameters: Any) -> Response:
            return self._call(path, endpoint.method, endpoint.role, parameters)

        call.__name__ = name
        call.__doc__ = f"{endpoint.words}."
        return call

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *GROUPS[self._group]})

    def __repr__(self) -> str:
        return f"<{self._group}({self._id}): {', '.join(GROUPS[self._group])}>"
