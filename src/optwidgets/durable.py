"""Files and folders that are there after a power cut, too."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path

# What network and FUSE file systems, and folders that may not be listed, say to a sync of a folder.
# Nothing more can be done there, and the file itself is written.
_NO_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EACCES, errno.EPERM}


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file as a whole: written beside it, synced, then renamed.

    After a crash or a power cut it is the old one or the new one, and the new one once this has
    returned. Its permissions stay; a new file gets the usual ones.

    Parameters
    ----------
    path
        The file; its folder exists.
    content
        What it is to hold.

    Raises
    ------
    OSError
        When it cannot be written; the old file is then untouched.

    Examples
    --------
    >>> path = Path(tempfile.mkdtemp()) / "plan.csv"
    >>> replace_file(path, b"x")
    >>> path.read_bytes()
    b'x'
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.chmod(temporary, _mode_for(path))  # noqa: PTH101
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise
    _sync_folder(path.parent)


def put_in_place(temporary: Path, path: Path) -> None:
    """Give a file that another program wrote its name, so that it is whole or not there at all.

    Parameters
    ----------
    temporary
        The file, closed, in the folder of `path`.
    path
        Its name from now on; what had that name is gone.

    Raises
    ------
    OSError
        When it cannot be synced or renamed; `path` is then untouched.

    Examples
    --------
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "half").write_bytes(b"x")
    >>> put_in_place(folder / "half", folder / "whole")
    >>> (folder / "whole").read_bytes()
    b'x'
    """
    descriptor = os.open(temporary, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(temporary, path)  # noqa: PTH105
    _sync_folder(path.parent)


def make_folder(folder: Path, mode: int = 0o777) -> None:
    """Make a folder and those above it, unless they are there.

    Each new name is synced in the folder that it stands in: without that, what is saved in a new
    folder may be gone with it.

    Parameters
    ----------
    folder
        The folder.
    mode
        Permissions of `folder` if it is new, less those that the system takes away.

    Raises
    ------
    OSError
        When it cannot be made.

    Examples
    --------
    >>> folder = Path(tempfile.mkdtemp()) / "2026" / "march"
    >>> make_folder(folder)
    >>> folder.is_dir()
    True
    """
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(mode=mode, parents=True, exist_ok=True)
    for new in missing:
        _sync_folder(new.parent)


def _mode_for(path: Path) -> int:
    """Return the permissions of the file that is there, or the usual ones."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask


def _sync_folder(folder: Path) -> None:
    # Windows cannot open a folder; there the rename is durable by itself.
    if os.name != "posix":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
