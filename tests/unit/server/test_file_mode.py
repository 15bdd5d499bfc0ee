"""The file of a server is for its user alone; what is there already stays as it is."""

import pytest

from optwidgets.server.database import ServerDatabase


def modes(folder):
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


def test_a_new_file_is_for_its_user_alone(tmp_path):
    database = ServerDatabase(str(tmp_path / "lab.db"))
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE more (x)")
        found = modes(tmp_path)
    database.close()
    assert "lab.db-wal" in found
    assert set(found.values()) == {0o600}, found


@pytest.mark.parametrize("mode", [0o644, 0o660])
def test_a_file_that_is_there_keeps_its_mode(tmp_path, mode):
    path = tmp_path / "lab.db"
    path.touch(mode)
    path.chmod(mode)
    ServerDatabase(str(path)).close()
    assert modes(tmp_path)["lab.db"] == mode
