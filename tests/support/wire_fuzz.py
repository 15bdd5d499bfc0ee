"""schemathesis against a running server of ours, as a process of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from unittest import mock

from optwidgets.server.faces.native import events
from support.wire_lab import Lab

#: What a schema cannot say: whether a change fits the session as it is by now.
LEFT_OUT = "positive_data_acceptance"
#: How often a path names something that is there, if there is a lab.
NAMED = 0.6

_VERGEAI = "^/v1/(auth|project|device|experiment|job|model)/"


class _NeverTooMany:
    """Wrong tokens are tried by the hundred here; that they are limited is tested elsewhere."""

    def count(self, address: str) -> None:
        pass


def fuzz(
    server,
    *options: str,
    seed: int = 20261122,
    seconds: float = 300,
    lab: Lab | None = None,
) -> int:
    """Run schemathesis, and return how many requests it made up; it fails if it found anything.

    Parameters
    ----------
    server
        A running server.
    options
        Of ``schemathesis run``: phases, numbers of examples, paths.
    lab
        What is on the server, for paths to name.
    """
    server.web.config.app.state.failures = _NeverTooMany()
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", "fuzz.toml"),
        *("run", f"{server.url}/api/openapi.json"),
        *("--exclude-checks", LEFT_OUT),
        *("--generation-database", "none"),
        *("--suppress-health-check", "all"),
        *("--request-timeout", "60"),
        *("--seed", str(seed)),
        *("--max-failures", "50"),
        "--continue-on-failure",
        "--no-color",
        *options,
    ]
    with tempfile.TemporaryDirectory() as folder:  # it keeps notes where it runs
        Path(folder, "fuzz.toml").write_text("\n".join(_settings(server, lab or Lab())))
        # What a stream of events says at once is read, and then it is left.
        with mock.patch.object(events, "HEARTBEAT_SECONDS", 0.5):
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=seconds, check=False, cwd=folder
            )
    assert done.returncode == 0, done.stdout[-30000:] + done.stderr[-2000:]
    found = re.search(r"(\d+) generated", done.stdout)
    assert found, done.stdout[-2000:]
    return int(found[1])


def _settings(server, lab: Lab) -> Iterator[str]:
    """Return the lines of a configuration: tokens, names that are there, routes with a say."""
    token = json.dumps(server.token("admin"))
    yield from _bound("a", lab.ids)
    # The form in which each API wants its token, by the names in our document.
    yield f"[auth.openapi.token]\nbearer = {token}"
    yield f'[auth.openapi.user]\nusername = {token}\npassword = ""'
    yield f"[auth.openapi.bare]\napi_key = {token}"
    yield f"[auth.openapi.parameter]\napi_key = {token}"
    yield f"[auth.openapi.client]\napi_key = {token}"
    yield from _values("a", lab.ids)
    yield from _values("b", lab.vergeai)
    # Events come when something happens, which nobody waits for here.
    yield '[[operations]]\ninclude-path-regex = "/events$"\nrequest-timeout = 1'
    # A header that nobody knows is no fault of a request: what is between them adds some.
    yield "checks.negative_data_rejection.enabled = false"
    # There is no language model: 501 is meant.
    yield '[[operations]]\ninclude-path-regex = "/llm/"'
    yield 'checks.not_a_server_error.expected-statuses = ["2xx", "4xx", 501]'
    for name, parameters in lab.spared.items():
        yield f"[[operations]]\ninclude-name = {json.dumps(name)}"
        yield from (
            f'parameters."{key}" = {json.dumps(value)}' for key, value in parameters.items()
        )
    if lab.vergeai:
        yield f"[[operations]]\ninclude-path-regex = {json.dumps(_VERGEAI)}"
        yield from _bound("b", lab.vergeai)
        yield from _bound("b", lab.vergeai, where="body")


def _values(mark: str, names: Mapping[str, Sequence[str | int]]) -> Iterator[str]:
    for name, values in names.items():
        yield f"[dictionaries.{mark}_{name}]\nvalues = {json.dumps(values)}"


def _bound(
    mark: str, names: Mapping[str, Sequence[str | int]], *, where: str = "path"
) -> Iterator[str]:
    for name in names:
        bound = f'{{ dictionary = "{mark}_{name}", probability = {NAMED} }}'
        yield f'parameters."{where}.{name}" = {bound}'
