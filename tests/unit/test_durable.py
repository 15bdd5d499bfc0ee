"""Files that are replaced as a whole; what a power cut leaves of them is in `journal/`."""

from __future__ import annotations

import errno
import os
import stat

import pytest

from optwidgets.durable import make_folder, replace_file


def test_a_replaced_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "plan.csv"
    path.write_text("old")
    path.chmod(0o640)
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_and_folder_get_the_usual_permissions(tmp_path):
    folder, usual = tmp_path / "a" / "b", tmp_path / "usual"
    usual.mkdir()
    (usual / "file").write_text("")
    make_folder(folder)
    make_folder(folder)
    replace_file(folder / "file", b"")
    for mine, theirs in ((folder, usual), (folder / "file", usual / "file")):
        assert mine.stat().st_mode == theirs.stat().st_mode


def failing_for_folders(monkeypatch, code):
    real = os.fsync

    def fsync(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(code, os.strerror(code))
        real(descriptor)

    monkeypatch.setattr("os.fsync", fsync)


def test_a_file_system_that_cannot_sync_folders_is_no_reason_to_refuse(tmp_path, monkeypatch):
    failing_for_folders(monkeypatch, errno.EINVAL)
    replace_file(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_disk_that_fails_is(tmp_path, monkeypatch):
    failing_for_folders(monkeypatch, errno.EIO)
    with pytest.raises(OSError, match="Input/output error"):
        replace_file(tmp_path / "file", b"new")
