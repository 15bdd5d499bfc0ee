"""A kernel process, driven without a browser."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager, start_new_kernel

PATIENCE_S = 90


class Kernel:
    """A kernel process and the one client that talks to it."""

    def __init__(self, folder: Path) -> None:
        self.manager: KernelManager
        self.manager, self.client = start_new_kernel(
            kernel_name="python3",
            cwd=str(folder),
            startup_timeout=PATIENCE_S,
            # Each start would warn that the connection, local as it is, is not encrypted.
            extra_arguments=["--log-level=ERROR"],
        )

    def run(self, code: str) -> list[dict[str, Any]]:
        """Run code and return the outputs, without those of a failure: that fails here."""
        outputs: list[dict[str, Any]] = []
        reply = self.client.execute_interactive(
            code,
            timeout=PATIENCE_S,
            output_hook=lambda message: outputs.append(
                {"type": message["msg_type"], **message["content"]}
            ),
        )
        content = reply["content"]
        assert content["status"] == "ok", "\n".join(content.get("traceback", []))
        return outputs

    def shown(self, code: str) -> dict[str, Any]:
        """Run code and return the mime bundle of what the cell displays."""
        bundles = [
            item["data"]
            for item in self.run(code)
            if item["type"] in {"display_data", "execute_result"}
        ]
        assert len(bundles) == 1, bundles
        return bundles[0]

    def ask(self, expression: str) -> Any:
        """Return the value of an expression, by way of JSON."""
        data = self.shown(f"__import__('json').dumps({expression})")
        return json.loads(ast.literal_eval(data["text/plain"]))

    def kill(self) -> None:
        """End the process at once: no handler, no flush, no goodbye."""
        self.manager.signal_kernel(9)

    def restart(self) -> None:
        self.manager.restart_kernel(now=True)
        self.client.wait_for_ready(timeout=PATIENCE_S)

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
