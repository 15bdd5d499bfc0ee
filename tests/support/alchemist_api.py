"""Calls of ALchemist's API, each success checked against ALchemist's own OpenAPI document."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator

FIXTURES = Path(__file__).parents[1] / "fixtures" / "alchemist"
DOCUMENT = json.loads((FIXTURES / "openapi-0.4.0.json").read_text())


def operations():
    """Yield path, method and operation of ALchemist's document."""
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def check_answer(method, path, response):
    """Compare a success with the schema that ALchemist documents for it, key by key."""
    operation = DOCUMENT["paths"][path][method.lower()]
    documented = operation["responses"].get(str(response.status_code))
    assert documented is not None, f"{method} {path} answers {response.status_code}"
    schema = documented.get("content", {}).get("application/json", {}).get("schema")
    if not schema:
        return
    body = response.json()
    Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(body)
    name = schema.get("$ref", "").rpartition("/")[2]
    if name:
        # Not only what the document requires: every key that ALchemist's models write.
        properties = DOCUMENT["components"]["schemas"][name]["properties"]
        assert set(properties) <= set(body), set(properties) - set(body)


class Client:
    """Calls the server and checks each success against the document."""

    def __init__(self, http, seen):
        self.http = http
        self.seen = seen

    def __call__(self, method, path, ok=True, **options):
        """Call a path such as ``/sessions/{session_id}/lock``; values of its braces by name."""
        parts = {
            name: options.pop(name)
            for name in (
                "session_id",
                "variable_name",
                "constraint_name",
                "item_id",
                "provenance_id",
            )
            if name in options
        }
        template = "/api/v1" + path
        response = self.http.request(method, template.format(**parts), **options)
        if ok:
            assert response.is_success, (method, path, response.status_code, response.text)
            check_answer(method, template, response)
            self.seen.add((template, method))
        else:
            check_error(response)
        return response


def check_error(response):
    """Check the form of an error, and that it tells no path."""
    assert response.status_code >= 400, response.text
    body = response.json()
    assert body["status_code"] == response.status_code
    assert set(body) <= {"detail", "error_type", "status_code", "errors"}
    assert isinstance(body["detail"], str)
    assert body["detail"]
    for trace in ("/src/", "site-packages", ".py", 'File "', str(Path.cwd())):
        assert trace not in response.text, response.text
