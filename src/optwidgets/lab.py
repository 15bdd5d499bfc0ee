"""What the JupyterLab sidebar talks to.

Two comm targets, one for each direction. The kernel opens a comm to the front end's
``optwidgets.sessions.announce`` when the package is imported and tells it of each change: a
question from the front end would wait behind the running cells. The front end opens a comm to the
kernel's ``optwidgets.sessions`` when it meets a kernel that runs already, after a page reload or a
change of notebook.

Kernel to front end: ``{"event": "sessions", "sessions": [{"id", "name", "location"}]}``,
``{"event": "studio", "id", "model_id"}``, ``{"event": "error", "message"}``.
Front end to kernel: ``{"ask": "studio", "id"}``, ``{"ask": "sessions"}``.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optwidgets import _live
from optwidgets.errors import OptwidgetsError

if TYPE_CHECKING:
    from optwidgets.session import OptimizationSession

ASK = "optwidgets.sessions"
ANNOUNCE = "optwidgets.sessions.announce"

_lock = threading.Lock()
# A page that was reloaded leaves its comm behind without a word; the oldest ones fall out.
_comms: deque[Any] = deque(maxlen=16)
_connected = False
# Sessions that the sidebar reopened belong to nobody else until a cell picks them up.
_reopened: dict[str, OptimizationSession] = {}


def connect() -> bool:
    """Meet the front end of this kernel.

    Called by ``import optwidgets``. Outside a kernel it does nothing, and inside it loads neither
    ipywidgets nor torch: those come with the first session that is shown.

    Returns
    -------
    bool
        Whether there is a kernel.

    Examples
    --------
    >>> connect()  # no kernel here
    False
    """
    global _connected  # noqa: PLW0603  one connection for each kernel
    if not _in_kernel():
        return False
    with _lock:
        if _connected:
            return True
        _connected = True

    import comm

    comm.get_comm_manager().register_target(ASK, _on_open)
    _live.listen(push)
    # Opening sends the first message with it; a front end without the sidebar closes the comm.
    _adopt(comm.create_comm(target_name=ANNOUNCE, data=_sessions_message()))
    return True


def push() -> None:
    """Tell the front end which sessions there are now."""
    message = _sessions_message()
    for channel in list(_comms):
        with suppress(Exception):
            channel.send(message)


def reopen(location: str, session_id: str) -> OptimizationSession:
    """Open a saved session again, after the kernel was restarted.

    Parameters
    ----------
    location
        File of the session's journal, or its address on a server. The token for a server is
        looked for as by `OptimizationSession.attach`: a notebook never holds one.
    session_id
        Id of the session in it.

    Returns
    -------
    OptimizationSession
        The session, kept alive here until it is closed.

    Raises
    ------
    OptwidgetsError
        If there is no such file or session any more, or the server does not let us in.
    """
    connect()
    living = _live.find(session_id)
    if living is not None:
        push()
        return living  # type: ignore[return-value]
    from optwidgets.client.address import is_address

    session = (_reattach if is_address(location) else _open_file)(location, session_id)
    _reopened[session_id] = session
    push()
    return session


def _reattach(url: str, session_id: str) -> OptimizationSession:
    from optwidgets.session import OptimizationSession

    return OptimizationSession.attach(url, session_id)


def _open_file(location: str, session_id: str) -> OptimizationSession:
    if "://" not in location and not Path(location).exists():
        raise OptwidgetsError(
            f"The file {location} is not there any more. Open the session from where it is now.",
            field="location",
        )

    from optwidgets.journal.locations import summaries
    from optwidgets.session import OptimizationSession

    if session_id not in {line.id for line in summaries(location)}:
        # Opening by an unknown name would begin a new session.
        raise OptwidgetsError(f"This session is not in {location} any more.", field="location")
    return OptimizationSession.open(location, session_id)


def _in_kernel() -> bool:
    # IPython is loaded wherever there is a kernel; loading it elsewhere would only cost time.
    ipython = sys.modules.get("IPython")
    if ipython is None:
        return False
    shell = ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None


def _sessions_message() -> dict[str, Any]:
    return {"event": "sessions", "sessions": [_describe(item) for item in _live.sessions()]}


def _describe(session: Any) -> dict[str, Any]:
    # The whole path: a restarted kernel may stand in another folder. An address holds no token.
    path = session.path
    name = session.name or session.location or "Unnamed session"
    return {"id": session.id, "name": name, "location": session.url if path is None else str(path)}


def _adopt(channel: Any) -> None:
    channel.on_msg(lambda message: _on_message(channel, message["content"]["data"]))
    channel.on_close(lambda _message: _forget(channel))
    _comms.append(channel)


def _forget(channel: Any) -> None:
    with suppress(ValueError):
        _comms.remove(channel)


def _on_open(channel: Any, _message: dict[str, Any]) -> None:
    _adopt(channel)
    channel.send(_sessions_message())


def _on_message(channel: Any, data: dict[str, Any]) -> None:
    # May run on a subshell thread, while a cell runs; nobody would see an exception there.
    try:
        if data.get("ask") == "studio":
            session_id = str(data.get("id"))
            channel.send({"event": "studio", "id": session_id, "model_id": _studio_id(session_id)})
        else:
            channel.send(_sessions_message())
    except Exception as error:  # noqa: BLE001  becomes a sentence in the panel
        channel.send({"event": "error", "message": str(error)})


def _studio_id(session_id: str) -> str:
    session: Any = _live.find(session_id)
    if session is None:
        raise OptwidgetsError("This session was closed. Run the cell that makes it again.")

    return str(session.studio().model_id)
