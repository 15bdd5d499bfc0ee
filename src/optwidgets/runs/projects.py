"""A project: who takes part in it, and in which role."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum

from immutables import Map

from optwidgets.errors import OptwidgetsError


class Role(IntEnum):
    """What a member may do; a higher role may all that a lower one may.

    Examples
    --------
    >>> Role.WRITE < Role.ADMIN
    True
    """

    READ = 1
    WRITE = 5
    ADMIN = 10
    OWNER = 100


@dataclass(frozen=True)
class Device:
    """An executor: a process with a key of its own. Time in seconds since 1970."""

    id: str
    registered_at: float


@dataclass(frozen=True)
class Project:
    """Members, devices, and the session whose search space the project optimises, if any.

    Examples
    --------
    >>> project = Project("p1", "MNIST", Map({"ann": Role.OWNER}))
    >>> project = with_member(project, "ann", "bob", Role.READ)
    >>> project.role("bob").name, project.role("eve")
    ('READ', None)
    """

    id: str
    name: str
    members: Map[str, Role]
    devices: Map[str, Device] = field(default_factory=Map)
    session_id: str | None = None
    created_at: float = 0.0

    def role(self, user: str) -> Role | None:
        """Return the role of a user, or None for a stranger."""
        return self.members.get(user)


def read_role(value: object) -> Role:
    """Return the role of a permission level; an unknown one raises a sentence."""
    if isinstance(value, bool) or not isinstance(value, int) or value not in tuple(Role):
        levels = ", ".join(f"{role.value} ({role.name.lower()})" for role in Role)
        raise OptwidgetsError(
            f"permission_level is {str(value)[:40]!r}; expected one of {levels}.",
            field="permission_level",
        )
    return Role(value)


def with_member(
    project: Project, by: str, user: str, role: Role | None, *, by_role: Role | None = None
) -> Project:
    """Return the project with a member in a new role, or without it (`role` None).

    Parameters
    ----------
    project
        The project.
    by
        Who asks.
    user
        Whose role is set.
    role
        The new role; None removes the member.
    by_role
        The role of who asks, if it is another than as a member.

    Raises
    ------
    OptwidgetsError
        If who asks gives more than they have, or would leave the project without an owner.
    """
    own = by_role or project.role(by) or Role.READ
    before = project.role(user)
    if own < Role.ADMIN or max(role or 0, before or 0) > own:
        raise OptwidgetsError(
            f"A member with permission level {int(own)} cannot give or take away the level "
            f"{int(role or before or 0)}; ask the owner."
        )
    members = project.members
    if role is not None:
        members = members.set(user, role)
    elif before is not None:
        members = members.delete(user)
    if Role.OWNER not in members.values():
        raise OptwidgetsError("The project would have no owner; make another member owner first.")
    return replace(project, members=members)
