"""What SigOpt's published clients say when the server's disk is full."""

from __future__ import annotations

import pytest

from support.full_disk import full_disk

V0 = """
    import json, os
    from sigopt.interface import Connection
    from sigopt.exception import ApiException
    TOKEN, URL = os.environ["TOKEN"], os.environ["URL"]
    conn = Connection(user_token=TOKEN, client_token=TOKEN)
    conn.api_url = URL
    def write(number):
        conn.experiments(NUMBER).report(data={'assignments': {'x': 0.5}, 'value': number})
"""
V1 = V0.replace("user_token=TOKEN, ", "").replace(
    "report(data={'assignments': {'x': 0.5}, 'value': number})",
    "observations().create(assignments={'x': 0.5}, value=number)",
)
NEW = V1.replace("sigopt.interface", "sigopt").replace(
    "client_token=TOKEN)\n    conn.api_url = URL", "client_token=TOKEN, api_url=URL)"
)
UNTIL_FULL = """
    kept = 0
    try:
        for number in range(300):
            write(number)
            kept += 1
    except ApiException as error:
        print(json.dumps([kept, error.status_code, str(error)]))
"""
BODY = {
    "name": "e",
    "parameters": [{"name": "x", "type": "double", "bounds": {"min": 0, "max": 1}}],
    "metrics": [{"name": "y"}],
}


@pytest.mark.parametrize(("version", "code"), [("0.6.2", V0), ("1.1.1", V1), ("8.8.3", NEW)])
def test_a_client_tells_its_user_and_nothing_is_half_there(run_client, server, version, code):
    token = server.token("write")
    with server.client(auth=(token, "")) as http:
        path = f"/v1/experiments/{http.post('/v1/experiments', json=BODY).json()['id']}"
        asked = (code + UNTIL_FULL).replace("NUMBER", path.rpartition("/")[2])
        with full_disk(server.database):
            kept, status, said = run_client(version, asked, URL=server.url, TOKEN=token)
            assert status == 507
            assert "disk is full" in said
            assert http.get(f"{path}/observations").json()["count"] == kept
        write = {"assignments": {"x": 0.5}, "values": [{"name": "y", "value": 1}]}
        assert http.post(f"{path}/observations", json=write).is_success
