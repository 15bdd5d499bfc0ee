"""VergeAI's client as it sends its requests: paths, bodies and headers of its version of 2020."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import httpx

# One for all: making one takes longer than a request.
web = httpx.Client(timeout=30)
PATH_IDS = ("project_id", "experiment_id", "job_id", "device_id")


@dataclass(frozen=True)
class Answer:
    status_code: int
    data: dict[str, Any]


@dataclass
class VergeAI:
    """Sends what `vergeai.<Object>.<action>(**arguments)` sends."""

    gateway: str
    api_key: str | None = None

    def _headers(self) -> dict[str, str]:
        return {} if self.api_key is None else {"Authorization": self.api_key}

    def get(self, path: str, **arguments: str) -> Answer:
        ids = [arguments[name] for name in PATH_IDS if name in arguments]
        url = "/".join([self.gateway, "v1", path, *ids])
        response = web.get(url, headers=self._headers())
        return Answer(response.status_code, response.json())

    def post(self, path: str, **arguments: Any) -> Answer:
        url = f"{self.gateway}/v1/{path}"
        response = web.post(url, json=arguments, headers=self._headers())
        return Answer(response.status_code, response.json())

    # ------------------------------------------------------------ models

    def submit(self, path: str, model: Any, *, block: bool = False, **arguments: Any) -> Answer:
        """Ask where to send a model, send it, and wait for it to be seen if `block`."""
        asked = self.post(path, **arguments)
        if asked.status_code not in {200, 204}:
            return asked
        status = upload(asked.data["model_url"], json.dumps(model).encode())
        if block:
            self._wait(path, arguments)
        return Answer(status, {})

    def _wait(self, path: str, arguments: dict[str, Any]) -> None:
        for _ in range(30):
            if path == "device/submit_model_update":
                if not self.get("device/is_active", **arguments).data["is_device_active"]:
                    return
            elif self.get("experiment/get", **arguments).data["start_model"] != {}:
                return
            time.sleep(0.2)
        raise AssertionError("the model is not seen")

    def fetch(self, path: str, **arguments: str) -> Answer:
        """Ask where a model is, and fetch it."""
        asked = self.get(path, **arguments)
        if asked.status_code != 200:
            return asked
        response = web.get(asked.data["model_url"])
        return Answer(response.status_code, response.json())


def upload(where: dict[str, Any], content: bytes, **changed: Any) -> int:
    """Send a form without a key, as it would go to a storage service."""
    return send_form(where, content, **changed).status_code


def send_form(where: dict[str, Any], content: bytes, **changed: Any) -> httpx.Response:
    fields = {**where["fields"], **changed}
    files = {"file": (fields["key"], content)}
    return web.post(where["url"], data=fields, files=files)
