"""Our OpenAPI document holds what ALchemist's holds, and is true of what the server answers."""

from __future__ import annotations

import httpx
import pytest

from support.alchemist_api import DOCUMENT, operations
from support.wire_fuzz import fuzz

TAGS = ("Acquisition", "Experiments", "Models", "Sessions", "Variables", "Visualizations")
OF_ALCHEMIST = [option for tag in TAGS for option in ("--include-tag", tag)]


@pytest.fixture(scope="module")
def document(server):
    return httpx.get(f"{server.url}/api/openapi.json", timeout=60).json()


def body_of(operation):
    """Return the schema of a JSON body, or None."""
    content = operation.get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("schema")


def properties(schema, document):
    """Return the fields of a body by name, those of all alternatives together."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return properties(document["components"]["schemas"][name], document)
    found = dict(schema.get("properties", {}))
    for alternative in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        found |= properties(alternative, document)
    return found


def test_every_operation_of_alchemist_is_there(document):
    missing = [
        f"{method} {path}"
        for path, method, _ in operations()
        if method.lower() not in document["paths"].get(path, {})
    ]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("path", ["/", "/api"])
def test_who_opens_the_address_is_told_what_it_is(server, path):
    told = httpx.get(server.url + path).json()
    assert set(told) == {"name", "version", "docs", "health"}
    assert httpx.get(server.url + told["health"]).is_success


@pytest.mark.parametrize("path", ["/api/docs", "/api/redoc"])
def test_a_page_shows_every_operation_without_scripts(server, document, path):
    page = httpx.get(server.url + path, timeout=60)
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert not [at for at in document["paths"] if f"<code>{at}</code>" not in page.text]


def test_every_parameter_and_field_of_alchemist_is_known(document):
    unknown = []
    for path, method, theirs in operations():
        if "/llm/" in path:
            continue
        ours = document["paths"][path][method.lower()]
        named = {parameter["name"] for parameter in ours.get("parameters", ())}
        unknown += [
            f"{method} {path} ?{parameter['name']}"
            for parameter in theirs.get("parameters", ())
            if parameter["name"] not in named
        ]
        wanted, given = body_of(theirs), body_of(ours)
        if wanted is not None:
            assert given is not None, f"{method} {path}"
            fields = set(properties(wanted, DOCUMENT)) - set(properties(given, document))
            unknown += [f"{method} {path} {field}" for field in sorted(fields)]
    assert not unknown, "\n".join(unknown)


@pytest.mark.parametrize(
    ("path", "method"),
    [(path, method) for path, method, _ in operations() if "/llm/" not in path],
)
def test_fields_have_the_defaults_and_limits_of_alchemist(document, path, method):
    theirs = body_of(DOCUMENT["paths"][path][method.lower()])
    ours = body_of(document["paths"][path][method.lower()])
    if theirs is None or ours is None:
        return
    known = properties(ours, document)
    for name, field in properties(theirs, DOCUMENT).items():
        for word in ("default", "enum", "minimum", "maximum", "const"):
            if word in field:
                assert known[name].get(word) == field[word], (name, word)


def test_alchemist_s_api_is_what_it_says(server):
    """A few hundred cases with a fixed seed; the long form over all faces is the native one's."""
    assert fuzz(server, *OF_ALCHEMIST, "--phases", "fuzzing", "-n", "2") >= 100
