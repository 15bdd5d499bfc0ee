"""The server says whether it is well, and what it counts."""

from __future__ import annotations

import httpx
import sqlalchemy as sa

from support.optwidgets_server import running


def test_it_is_well_and_ready_for_everybody(server):
    with httpx.Client(base_url=server.url) as anybody:
        for path, status in (
            ("/health", "healthy"),
            ("/health/live", "healthy"),
            ("/health/ready", "ready"),
        ):
            answer = anybody.get(path)
            assert (answer.status_code, answer.json()["status"]) == (200, status)
        assert anybody.get("/metrics").status_code == 401


def test_it_is_not_ready_without_its_database(server, monkeypatch):
    def broken():
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("disk I/O error at /secret"))

    monkeypatch.setattr(server.database, "reading", broken)
    answer = httpx.get(server.url + "/health/ready")
    assert answer.status_code == 503
    assert answer.json()["problem"] == "The database cannot be reached."


def test_it_counts(tmp_path):
    with running(tmp_path / "lab.db") as server, server.client("write") as client:
        session_id = server.host.writer.submit(lambda tx: tx.create_session("A").id).result(10)
        path = f"/api/v1/sessions/{session_id}"
        assert client.get(f"{path}/rows").status_code == 200
        assert client.get(f"{path}/rows/9").status_code == 404
        assert client.request("PROPFIND", path).status_code == 405
        body = {"kind": "train", "arguments": {}}
        task = client.post(f"{path}/tasks", json=body, headers={"Idempotency-Key": "k"}).json()
        client.get(f"{path}/tasks/{task['id']}", params={"wait": 30})
        text = client.get("/metrics").text
        commits = server.host.writer.commits
    counts = dict(
        line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#")
    )
    assert counts['optwidgets_requests_total{face="native",method="GET",status="404"}'] == "1.0"
    assert any('method="other"' in name for name in counts)
    assert "PROPFIND" not in text
    assert float(counts['optwidgets_request_seconds_count{face="native"}']) >= 4
    assert counts["optwidgets_writer_waiting"] == "0.0"
    assert 1 <= float(counts["optwidgets_writer_commits_total"]) <= commits
    assert counts['optwidgets_tasks{state="failed"}'] == "1.0"
    assert session_id not in text
