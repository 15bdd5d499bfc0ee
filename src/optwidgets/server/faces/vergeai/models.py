"""The bytes of models, in parts in the database.

In the database and not in files beside it, so that a model and the experiment that it
belongs to are on the disk together, in one backup, with SQLite and with PostgreSQL. In
parts, each an operation of its own, so that a large model holds up nobody's results.
"""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import sqlalchemy as sa

from optwidgets.errors import OptwidgetsError
from optwidgets.runs.jobs import ModelFile
from optwidgets.server.faces.vergeai.tables import blobs, parts

if TYPE_CHECKING:
    from optwidgets.server.host import Host
    from optwidgets.server.transaction import Transaction

PART_BYTES = 1 << 20


async def store(
    host: Host, project_id: str, entity_id: str, name: str, content: bytes
) -> ModelFile:
    """Write a model; it is kept once `keep` was called for it.

    Parameters
    ----------
    host
        The server's host.
    project_id
        With which it is deleted.
    entity_id, name
        Whose it is, and its storage key.
    content
        Its bytes.
    """
    blob = uuid.uuid4().hex
    sha256 = await asyncio.to_thread(_sha256, content)
    file = ModelFile(entity_id, name, len(content), blob, sha256)

    def begin(tx: Transaction) -> None:
        tx.connection.execute(
            sa.insert(blobs).values(
                id=blob, project_id=project_id, size=file.size, sha256=file.sha256, kept=False
            )
        )

    await host.write(begin)
    for number, start in enumerate(range(0, len(content), PART_BYTES)):
        part = {
            "blob": blob,
            "number": number,
            "content": content[start : start + PART_BYTES],
        }
        await host.write(lambda tx, part=part: _insert(tx, part))  # type: ignore[misc]
    return file


def keep(connection: sa.Connection, file: ModelFile) -> None:
    """Keep a model for as long as its project."""
    done = connection.execute(sa.update(blobs).where(blobs.c.id == file.blob).values(kept=True))
    if not done.rowcount:
        raise OptwidgetsError("The project was deleted while the model came in.")


def discard(connection: sa.Connection, file: ModelFile) -> None:
    """Delete a model that did not become part of an experiment."""
    connection.execute(sa.delete(parts).where(parts.c.blob == file.blob))
    connection.execute(sa.delete(blobs).where(blobs.c.id == file.blob))


def sweep(connection: sa.Connection) -> int:
    """Delete what a server that was killed left half written; return how many models."""
    lost = sa.select(blobs.c.id).where(blobs.c.kept.is_(False))
    connection.execute(sa.delete(parts).where(parts.c.blob.in_(lost)))
    return connection.execute(sa.delete(blobs).where(blobs.c.kept.is_(False))).rowcount


async def stream(host: Host, file: ModelFile) -> AsyncIterator[bytes]:
    """Read a model part by part."""
    for number in range(-(-file.size // PART_BYTES)):
        yield await host.read(lambda connection, n=number: _part(connection, file, n))  # type: ignore[misc]


async def read(host: Host, file: ModelFile) -> bytes:
    """Return the bytes of a model, checked against its hash.

    Raises
    ------
    OptwidgetsError
        If they are not what was stored.
    """
    content = b"".join([part async for part in stream(host, file)])
    if await asyncio.to_thread(_sha256, content) != file.sha256:
        raise OptwidgetsError("The stored model is damaged; restore the database from a backup.")
    return content


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _insert(tx: Transaction, part: dict[str, object]) -> None:
    tx.connection.execute(sa.insert(parts).values(part))


def _part(connection: sa.Connection, file: ModelFile, number: int) -> bytes:
    this = sa.select(parts.c.content).where(parts.c.blob == file.blob, parts.c.number == number)
    content = connection.execute(this).scalar()
    if content is None:
        raise OptwidgetsError("The model is gone: its project was deleted.")
    return bytes(content)
