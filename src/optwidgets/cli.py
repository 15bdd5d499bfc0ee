"""The command ``optwidgets``: open the demonstration, look at an installation or a session file."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import site
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.protocol import DamagedError

PACKAGE = Path(__file__).parent
NOTEBOOK = "quickstart.ipynb"
SHOWN_VERSIONS = (
    "torch",
    "botorch",
    "scikit-learn",
    "scikit-optimize",
    "pandas",
    "anywidget",
    "jupyterlab",
    "notebook",
    "voila",
)
POSTGRES = ("postgresql://", "postgres://", "postgresql+psycopg://")
WIDGETS = ("space-builder", "data-grid", "suggestion-panel", "figure-view", "studio-header")

# JupyterLab asks about news and looks for updates on its first start; the demonstration starts
# quietly, and no request leaves the machine.
QUIET_LAB = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    }
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments
        Words after the command's name; those of the process by default.

    Returns
    -------
    int
        Exit status: 0 if all is well, 1 if something needs the user.

    Examples
    --------
    >>> main(["doctor", "no-such-file.db"])
    no-such-file.db: there is no such file.
    1
    """
    parser = argparse.ArgumentParser(prog="optwidgets", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    demo = commands.add_parser("demo", help="open JupyterLab at the quick-start notebook")
    demo.add_argument("--no-browser", action="store_true", help="print the URL instead")
    demo.add_argument("--port", type=int, default=8888, help="first port to try (8888)")
    demo.add_argument("--ip", default="localhost", help="address to listen on (localhost)")
    demo.set_defaults(run=_demo)

    doctor = commands.add_parser("doctor", help="look at the installation, or at a session file")
    doctor.add_argument(
        "file", nargs="*", help="session files, or postgresql://..., whose integrity to check"
    )
    doctor.add_argument(
        "--salvage", metavar="NEW", help="copy what is whole in a damaged file into a new one"
    )
    doctor.set_defaults(run=_doctor)

    words = sys.argv[1:] if arguments is None else list(arguments)
    _add_server(commands, words)

    options = parser.parse_args(words)
    try:
        return int(options.run(options))
    except OptwidgetsError as error:
        print(error, file=sys.stderr)
        return 1


def _add_server(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], words: Sequence[str]
) -> None:
    """Add the commands of the server, which needs packages that are an extra."""
    if {"serve", "token"}.isdisjoint(words[:1]):
        # The packages are slow to load, and the other commands need none of them.
        commands.add_parser("serve", help="keep sessions for a team (extra: server)")
        commands.add_parser("token", help="make, list or revoke tokens of a server")
        return
    try:
        from optwidgets.server.commands import add_commands
    except ModuleNotFoundError as error:
        raise _server_needs(error) from error
    add_commands(commands)


def _server_needs(error: ModuleNotFoundError) -> SystemExit:
    return SystemExit(
        f"The server needs {error.name}, which is not installed: pip install 'optwidgets[server]'."
    )


def _demo(options: argparse.Namespace) -> int:
    notebook = _notebook()
    if notebook is None:
        print(f"The notebook {NOTEBOOK} is not part of this installation.")
        return 1
    command = [
        *(sys.executable, "-m", "jupyterlab"),
        # As the default and not as a file to open, so that the printed URL leads to it, too.
        f"--LabApp.default_url=/lab/tree/{notebook.name}",
        f"--ServerApp.root_dir={notebook.parent}",
        f"--ServerApp.port={options.port}",
        f"--ServerApp.ip={options.ip}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    if options.no_browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # in a container there is often no other user
    with tempfile.TemporaryDirectory(prefix="optwidgets-") as folder:
        settings = Path(folder, "labconfig", "default_setting_overrides.json")
        settings.parent.mkdir()
        settings.write_text(json.dumps(QUIET_LAB))
        paths = [folder, *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
        environment = {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(paths)}
        try:
            return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603
        except KeyboardInterrupt:
            return 0


def _notebook() -> Path | None:
    """Return the notebook: the repository's own, else a copy of the installed one to write in."""
    in_repository = PACKAGE.parents[1] / "notebooks" / NOTEBOOK
    if in_repository.exists():
        return in_repository
    # Beside the packages of the environment, or of the user.
    folders = [sysconfig.get_path("data"), site.USER_BASE or ""]
    installed = [Path(folder, "share", "optwidgets", NOTEBOOK) for folder in folders]
    copy = Path.cwd() / NOTEBOOK
    if not copy.exists():
        for source in filter(Path.exists, installed):
            shutil.copy(source, copy)
            break
    return copy if copy.exists() else None


def _doctor(options: argparse.Namespace) -> int:
    if not options.file:
        return _check_installation()
    if options.salvage:
        return _salvage(options.file, options.salvage)
    return max(
        _check_postgres(name) if name.startswith(POSTGRES) else _check_file(name)
        for name in options.file
    )


def _check_installation() -> int:
    print(f"optwidgets {_version('optwidgets')} on Python {sys.version.split()[0]}")
    for name in SHOWN_VERSIONS:
        print(f"  {name:16} {_version(name)}")
    threads = os.environ.get("OMP_NUM_THREADS", "not set; optwidgets fits on one thread")
    print(f"  {'cores':16} {os.cpu_count()}, OMP_NUM_THREADS {threads}")

    missing = [name for name in WIDGETS if not (PACKAGE / "static" / f"{name}.js").exists()]
    if missing:
        print(f"The widgets are not built: {', '.join(missing)}. Run `make setup`.")
    else:
        print("The widgets are built.")
    sidebar = _sidebar()
    if sidebar is None:
        print("The JupyterLab sidebar is not installed. Install the wheel, or run `make setup`.")
    else:
        print(f"The JupyterLab sidebar is installed in {sidebar}.")
    return 1 if missing or sidebar is None else 0


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _sidebar() -> Path | None:
    try:
        from jupyter_core.paths import jupyter_path
    except ImportError:
        return None
    for folder in jupyter_path("labextensions"):
        if Path(folder, "optwidgets", "package.json").exists():
            return Path(folder, "optwidgets")
    return None


def _check_file(name: str) -> int:
    if not Path(name).is_file():
        print(f"{name}: there is no such file.")
        return 1
    from optwidgets.journal.locations import open_journal, summaries

    try:
        found = summaries(name)
        print(f"{name}: {_count(len(found), 'session')}")
        for summary in found:
            journal, _ = open_journal(name, summary.id)
            try:
                journal.verify()
                entries = len(journal.read())
            finally:
                journal.close()
            _say_sound(summary.name or summary.id, entries)
    except OptwidgetsError as error:
        print(f"{name}: {error}")
        if isinstance(error, DamagedError):
            print(f"  optwidgets doctor {name} --salvage NEW copies what is whole into a new file.")
        _name_newest_backup(Path(name))
        return 1
    return 0


def _check_postgres(location: str) -> int:
    try:
        from optwidgets.server.checking import PostgresChecked
    except ModuleNotFoundError as error:
        raise _server_needs(error) from error

    database = PostgresChecked(location)
    try:
        print(f"{database.name}:")
        for name, entries in database.sessions():
            _say_sound(name, entries)
    except OptwidgetsError as error:
        print(f"  {error}")
        return 1
    return 0


def _say_sound(session: str, entries: int) -> None:
    print(f"  {session}: {_count(entries, 'entry')}, every hash fits the one before it")


def _name_newest_backup(path: Path) -> None:
    from optwidgets.journal.backups import backups_of

    for newest in backups_of(path)[-1:]:
        at = datetime.fromtimestamp(newest.stat().st_mtime, UTC)
        print(f"  The newest backup is {newest}, made on {at:%Y-%m-%d at %H:%M} UTC.")


def _salvage(files: Sequence[str], target: str) -> int:
    if len(files) != 1 or files[0].startswith(POSTGRES):
        print("Name one damaged file with --salvage. PostgreSQL is restored from its own backups.")
        return 1
    from optwidgets.journal.salvage import is_sound, salvage

    found = salvage(Path(files[0]), Path(target))
    for session in found:
        lost = f", {session.left} behind the damage left out" if session.left else ""
        print(f"{session.session_id}: {_count(session.kept, 'entry')} saved{lost}")
    if not is_sound(Path(files[0])):
        print("Pages of the file are damaged: what was recorded after these entries may be lost.")
    print(f"{target} holds {_count(len(found), 'session')}; {files[0]} is as it was.")
    return 0


def _count(number: int, noun: str) -> str:
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number} {noun if number == 1 else plural}"


if __name__ == "__main__":
    sys.exit(main())
