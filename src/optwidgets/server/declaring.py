"""How a route declares what it may answer besides success."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel


def refusal(model: type[BaseModel], description: str | None = None) -> dict[str, Any]:
    """Return the declaration of an answer to a request that cannot be met.

    The schema stands in the document itself. Declared as a model, each of a dozen refusals of
    each of some two hundred routes would have a validator built when the server starts, which
    nothing ever uses: seconds before the first answer.

    Examples
    --------
    >>> class Refused(BaseModel):
    ...     detail: str
    >>> refusal(Refused)["content"]["application/json"]["schema"]["required"]
    ['detail']
    """
    declared: dict[str, Any] = {"content": {"application/json": {"schema": _schema(model)}}}
    return declared if description is None else {**declared, "description": description}


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})
    inlined: dict[str, Any] = _inlined(schema, parts)
    return inlined


def _inlined(value: Any, parts: dict[str, Any]) -> Any:
    """Return a schema with its parts in place: a document has other places for them."""
    if isinstance(value, dict):
        if "$ref" in value:
            return _inlined(parts[value["$ref"].rpartition("/")[2]], parts)
        return {key: _inlined(inner, parts) for key, inner in value.items()}
    if isinstance(value, list):
        return [_inlined(inner, parts) for inner in value]
    return value
