"""Who calls: a person with a key, or a device of a project with its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import Depends, Request

from optwidgets.runs.projects import Project, Role
from optwidgets.server.auth import Principal, hash_of
from optwidgets.server.faces.vergeai.errors import not_authorized
from optwidgets.server.faces.vergeai.store import find_device
from optwidgets.server.signing_in import RULE, host_of, note_lock_token, signed_in

if TYPE_CHECKING:
    from optwidgets.server.auth import Scope

#: The highest role that a token's scope lets its owner use.
_CEILING: dict[str, Role] = {"read": Role.READ, "write": Role.OWNER, "admin": Role.OWNER}


@dataclass(frozen=True)
class Caller:
    """A person (`principal`), or the device `device_id` of the project `project_id`."""

    principal: Principal | None
    device_id: str = ""
    project_id: str = ""

    @property
    def name(self) -> str:
        """Name under which changes are recorded."""
        if self.principal is None:
            return f"device {self.device_id[:8]}"
        return self.principal.actor()

    @property
    def person(self) -> Principal:
        """The person; a device is refused."""
        if self.principal is None:
            raise not_authorized()
        return self.principal

    def role(self, project: Project) -> Role | None:
        """Return what a person may do in a project.

        A key that is good for some sessions only is good for their projects only.
        """
        person = self.person
        if person.sessions is not None and project.session_id not in person.sessions:
            return None
        if person.scope == "admin":
            return Role.OWNER
        own = project.role(person.name)
        return None if own is None else min(own, _CEILING[person.scope])

    def check(self, project: Project, role: Role) -> None:
        """Refuse a device, and a person with a lower role in the project."""
        if (self.role(project) or 0) < role:
            raise not_authorized()

    def check_or_device(self, project: Project, role: Role, devices: Any) -> None:
        """Refuse who is neither one of these devices of the project nor has the role."""
        if self.principal is not None:
            self.check(project, role)
        elif self.project_id != project.id or self.device_id not in devices:
            raise not_authorized()


async def bare_token(request: Request) -> str | None:
    """Return the key in the ``Authorization`` header, which has no scheme here."""
    return request.headers.get("authorization", "").strip() or None


def calls(scope: Scope, *, devices: bool = False) -> Any:
    """Return the dependency of a route: who calls, a device only where it may."""

    async def check(request: Request) -> Caller:
        note_lock_token(request)
        text = await bare_token(request)
        if text:
            digest = hash_of(text)
            found = await host_of(request).read(lambda connection: find_device(connection, digest))
            if found is not None:
                if not devices:
                    raise not_authorized()
                return Caller(None, *found)
        principal = await signed_in(request)
        principal.check_scope(scope)
        return Caller(principal)

    setattr(check, RULE, scope)
    return Depends(check)
