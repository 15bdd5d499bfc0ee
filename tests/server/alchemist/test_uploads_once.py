"""A file that is sent again with its key counts once."""

from __future__ import annotations

import json

from optwidgets import OptimizationSession


def test_a_session_file_is_uploaded_once(server):
    session = OptimizationSession(name="Reactor")
    session.add_variable("T", "real", bounds=(20, 100))
    text = session.export_session_json()
    with server.client("write") as client:

        def upload(content):
            return client.post(
                "/api/v1/sessions/upload",
                files={"file": ("session.json", content)},
                headers={"Idempotency-Key": "the-file"},
            )

        first, again = upload(text), upload(text)
        assert first.status_code == 201, first.text
        assert again.json() == first.json()
        other = upload(json.dumps({**json.loads(text), "audit_log": []}))
        assert other.status_code == 422
        assert "was used for another request" in other.json()["detail"]
