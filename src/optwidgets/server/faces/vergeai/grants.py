"""Grants: permission to send or fetch one model, once and soon, without a key.

A client uploads and downloads without its key, as it would with a signed address of a
storage service. The address holds the id of the grant, which may stand in a log; the secret
stands in a form field or in the query, and is stored as a hash only.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from dataclasses import asdict, dataclass
from typing import Literal

import sqlalchemy as sa

from optwidgets.server.auth import hash_of
from optwidgets.server.errors import NotAllowed
from optwidgets.server.faces.vergeai.tables import grants
from optwidgets.server.steady import steady_time

Kind = Literal["start_model", "device_model", "download"]
#: Seconds for which a grant is good, as in the published API.
UPLOAD_SECONDS = 60.0
START_MODEL_SECONDS = 300.0
AGGREGATE_SECONDS = 60.0


@dataclass(frozen=True)
class Target:
    """What a grant is for.

    Parameters
    ----------
    name
        Storage key of the model.
    project_id, experiment_id
        Where it belongs.
    job_id, device_id, samples
        Of the model of a device: for which job, by whom, on how many samples.
    blob
        Of a download: which bytes.
    size, sha256
        Of a download: how many, and their hash.
    """

    name: str
    project_id: str
    experiment_id: str
    job_id: str = ""
    device_id: str = ""
    samples: int | None = None
    blob: str = ""
    size: int = 0
    sha256: str = ""


@dataclass(frozen=True)
class Grant:
    """A grant as it is handed out."""

    id: str
    secret: str


def give(connection: sa.Connection, kind: Kind, target: Target, seconds: float) -> Grant:
    """Make a grant; those that nobody used in time go with it."""
    now = steady_time()
    connection.execute(sa.delete(grants).where(grants.c.expires_at < now - UPLOAD_SECONDS))
    grant = Grant(secrets.token_hex(16), secrets.token_urlsafe(32))
    connection.execute(
        sa.insert(grants).values(
            id=grant.id,
            secret_hash=hash_of(grant.secret),
            kind=kind,
            target=json.dumps(asdict(target)),
            expires_at=now + seconds,
        )
    )
    return grant


def look_up(connection: sa.Connection, grant_id: str, at: float) -> None:
    """Refuse an id that is unknown, used or too old before anything else is read.

    Parameters
    ----------
    connection
        Reads.
    grant_id
        From the address.
    at
        When the request began, in seconds since 1970.
    """
    found = connection.execute(_good(grant_id, at)).first()
    if found is None:
        raise refused()


def claim(
    connection: sa.Connection, kinds: tuple[Kind, ...], grant_id: str, secret: str, at: float
) -> tuple[Kind, Target]:
    """Use a grant up and return what it is for.

    Raises
    ------
    NotAllowed
        If it is unknown, forged, too old, used, or for something else.
    """
    row = connection.execute(_good(grant_id, at)).first()
    if (
        row is None
        or row.kind not in kinds
        or not hmac.compare_digest(row.secret_hash, hash_of(secret))
    ):
        raise refused()
    connection.execute(sa.delete(grants).where(grants.c.id == grant_id))
    return row.kind, Target(**json.loads(row.target))


def _good(grant_id: str, at: float) -> sa.Select[tuple[object, ...]]:
    usable = re.fullmatch(r"[0-9a-f]{32}", grant_id) is not None
    return sa.select(grants).where(
        grants.c.id == (grant_id if usable else ""), grants.c.expires_at >= at
    )


def refused() -> NotAllowed:
    """Return the refusal of an address; it does not say which part of it is wrong."""
    return NotAllowed(
        "The address is not, or no longer, good: it works once and for a short time. Ask for a "
        "new one."
    )
