"""Files of training runs: announced with size and hash, then sent to an address, once.

The secret of the address travels in a header, so that it stands in no log. Files lie in the
database with the runs they belong to.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from optwidgets.journal.entry import canonical_json
from optwidgets.server.auth import hash_of
from optwidgets.server.errors import NotAllowed, NotFound, ServerError, TooLarge
from optwidgets.server.sigopt import records
from optwidgets.server.sigopt.reading import Fields
from optwidgets.server.sigopt.training.runs import Runs
from optwidgets.server.sigopt.training.tables import files_table
from optwidgets.server.steady import steady_time

if TYPE_CHECKING:
    from optwidgets.server.transaction import Transaction

KEYS = ("name", "filename", "content_type", "content_length", "content_md5")
SIGNATURE = "X-Optwidgets-Signature"
#: A file is written in one operation, which is to hold up nobody.
MAX_BYTES = 8 << 20
MAX_FILES = 200
UPLOAD_SECONDS = 300.0
_TYPE = re.compile(r"[a-z]{1,20}/[A-Za-z0-9.+-]{1,80}")


@dataclass(frozen=True)
class Sent:
    """Bytes that came to an address, and what came with them."""

    content: bytes
    signature: str
    at: float


class Files(Runs):
    """Files of training runs."""

    async def announce(self, number: str, data: Any, address: str) -> dict[str, Any]:
        """Note that a file will come, and return where to send it.

        Parameters
        ----------
        number
            The run.
        data
            JSON object of the request: name, size and MD5 of the file.
        address
            Beginning of the address to send it to.
        """
        about = _read(data)
        secret = secrets.token_urlsafe(32)

        def operation(tx: Transaction) -> dict[str, Any]:
            run = self._mine(tx.connection, number)
            at = time.time()
            of_run = files_table.c.run == run.id
            lost = sa.and_(
                files_table.c.content.is_(None), files_table.c.expires_at < steady_time()
            )
            tx.connection.execute(sa.delete(files_table).where(of_run, lost))
            count = tx.connection.execute(sa.select(sa.func.count()).where(of_run)).scalar() or 0
            if count >= MAX_FILES:
                raise ServerError(f"A training run has up to {MAX_FILES} files.")
            done = tx.connection.execute(
                sa.insert(files_table).values(
                    run=run.id,
                    created=int(at),
                    document=canonical_json(about),
                    secret_hash=hash_of(secret),
                    expires_at=steady_time() + UPLOAD_SECONDS,
                )
            )
            made = done.inserted_primary_key
            assert made is not None
            headers = {
                "Content-Type": about["content_type"],
                "Content-MD5": about["content_md5"],
                SIGNATURE: secret,
            }
            upload = {"url": f"{address}/{made[0]}", "method": "PUT", "headers": headers}
            return {**_json(int(made[0]), run.id, int(at), about), "upload": upload}

        # Without a key: what is kept for repeats would hold the secret.
        return await self.once(operation, None)

    async def file(self, number: str) -> tuple[dict[str, Any], bytes]:
        """Return a file as clients read it, and its bytes."""

        def query(connection: sa.Connection) -> tuple[dict[str, Any], bytes]:
            row = _find(connection, number)
            self._mine(connection, str(row.run))
            if row.content is None:
                raise NotFound(f"The file {row.id} was announced, and has not come yet.")
            about = json.loads(row.document)
            return _json(row.id, row.run, row.created, about), bytes(row.content)

        return await self.host.read(query)


def take(tx: Transaction, number: str, sent: Sent) -> None:
    """Take a file that comes to its address.

    Raises
    ------
    NotAllowed
        When the address is unknown, forged, too old or used.
    ServerError
        When it is not the file that was announced.
    """
    row = find_address(tx.connection, number, sent)
    about = json.loads(row.document)
    md5 = hashlib.md5(sent.content, usedforsecurity=False).digest()
    if len(sent.content) != about["content_length"] or md5 != base64.b64decode(
        about["content_md5"]
    ):
        raise ServerError(
            f"The file is not the one that was announced: {len(sent.content)} bytes came, "
            f"{about['content_length']} were announced, or the MD5 is another."
        )
    tx.connection.execute(
        sa.update(files_table)
        .where(files_table.c.id == row.id)
        .values(content=sent.content, secret_hash=None)
    )


def find_address(connection: sa.Connection, number: str, sent: Sent) -> sa.Row[Any]:
    """Return the file whose address this is; every fault has the same answer."""
    refused = NotAllowed("The address is not, or no longer, good. Announce the file again.")
    try:
        row = _find(connection, number)
    except NotFound:
        raise refused from None
    good = hmac.compare_digest(row.secret_hash or "", hash_of(sent.signature))
    if not good or row.expires_at < sent.at:
        raise refused
    return row


def _read(data: Any) -> Mapping[str, Any]:
    fields = Fields(data, "The file", KEYS)
    kind = fields.require("content_type")
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        raise fields.wrong("content_type", 'a type such as "image/png"')
    size = fields.integer("content_length", least=0)
    if size is None:
        fields.require("content_length")
    if size is not None and size > MAX_BYTES:
        raise TooLarge(f"A file of a training run may have up to {MAX_BYTES >> 20} MiB.")
    md5 = fields.require("content_md5")
    try:
        known = isinstance(md5, str) and len(base64.b64decode(md5, validate=True)) == 16
    except (binascii.Error, ValueError):
        known = False
    if not known:
        raise fields.wrong("content_md5", "the MD5 in base64")
    return {
        "name": fields.text("name", longest=500),
        "filename": fields.text("filename", longest=500),
        "content_type": kind,
        "content_length": size,
        "content_md5": md5,
    }


def _find(connection: sa.Connection, text: str) -> sa.Row[Any]:
    number = records.read_id(text, "file")
    row = connection.execute(sa.select(files_table).where(files_table.c.id == number)).first()
    if row is None:
        raise NotFound(f"There is no file {number}.")
    return row


def _json(number: int, run: int, created: int, about: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "object": "file",
        "id": str(number),
        "training_run": str(run),
        "created": created,
        **about,
    }
