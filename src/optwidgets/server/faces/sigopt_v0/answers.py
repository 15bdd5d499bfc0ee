"""The form of answers of v0: one key, ``response`` or ``error``."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from optwidgets.server.declaring import refusal
from optwidgets.server.faces.sigopt_v1.answers import sentence_of


class ErrorText(BaseModel):
    """What is wrong, in words."""

    message: str


class ErrorBody(BaseModel):
    """What is answered when a request cannot be met."""

    error: ErrorText


class Envelope(BaseModel):
    """What is answered."""

    response: dict[str, Any]


#: What every route may answer besides success.
ERRORS: dict[int | str, dict[str, Any]] = {
    status: refusal(ErrorBody)
    for status in (400, 401, 403, 404, 405, 413, 415, 422, 429, 500, 503, 507)
}


def answer(**response: Any) -> JSONResponse:
    """Write an answer."""
    return JSONResponse({"response": response})


def experiment_of(experiment: dict[str, Any]) -> dict[str, Any]:
    """Write an experiment as v0 reads it.

    The client goes through the ``categorical_values`` of every parameter: where there are none,
    the list is empty and not null.

    Examples
    --------
    >>> experiment_of({"parameters": [{"name": "x", "categorical_values": None}]})
    {'parameters': [{'name': 'x', 'categorical_values': []}]}
    """
    parameters = [
        {**item, "categorical_values": item["categorical_values"] or []}
        for item in experiment["parameters"]
    ]
    return {**experiment, "parameters": parameters}


def error_answer(_: Request, status: int, error: Exception) -> Response:
    """Return the answer to a request that failed."""
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    return JSONResponse({"error": {"message": sentence_of(error)}}, status, headers)


def form(*names: str) -> dict[str, Any]:
    """Describe the form of a POST for the API's description."""
    properties = {name: {"type": "string", "maxLength": 100_000} for name in names}
    return {
        "requestBody": {
            "required": False,
            "content": {
                "application/x-www-form-urlencoded": {
                    "schema": {"type": "object", "properties": properties}
                }
            },
        }
    }


def query(*names: str) -> dict[str, Any]:
    """Describe the query of a GET for the API's description."""
    return {
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
            for name in names
        ]
    }
