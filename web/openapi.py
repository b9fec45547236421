"""The OpenAPI 3.1 document, made from the operations; the same operations always give the same text.

``python -m web.openapi --write`` writes ``web/openapi.json``, from which the page's client is generated; without
``--write`` it says whether that file is up to date.
"""

import json
import re
import sys
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter

from appliance import __version__
from appliance.errors import (
    DatabaseUnavailable,
    Forbidden,
    NotFound,
    SceneSenseError,
    Unauthenticated,
)
from web.auth.policy import Permission
from web.operation import LOOKS, Media, Operation
from web.problems import PROBLEM_TYPE, BodyTooLarge, InternalError, Malformed, WrongContentType, status_of
from web.routes import OPERATIONS
from web.schemas.problems import Problem

PATH = Path(__file__).with_name("openapi.json")

_REFERENCE = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"\{(\w+)(?::(\w+))?\}")
_PARAMETER_TYPES: dict[str, dict[str, str]] = {
    "uuid": {"type": "string", "format": "uuid"},
    "int": {"type": "integer"},
    "str": {"type": "string"},
}

_DESCRIPTION = (
    "Everything that the page does is done through this interface, and scripts may do the same. Errors are"
    " `application/problem+json` with a stable `code`. Sign in with a session cookie (browsers), with a bearer"
    " token from `POST /api/auth/token`, or with an API key, both as `Authorization: Bearer …`."
)


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The document of these operations, as JSON-like data."""
    schemas = _Schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        path = _PARAMETER.sub(r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _entry(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Scene-Sense", "version": __version__, "description": _DESCRIPTION},
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "sid",
                    "description": "Under https its name is `__Host-sid`.",
                },
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A bearer token or an API key.",
                },
            },
        },
        "tags": [{"name": tag} for tag in dict.fromkeys(operation.tag for operation in operations)],
    }


class _Schemas:
    """JSON schemas of all models, under names that are the same every time."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        wanted: dict[tuple[str, str], TypeAdapter[Any]] = {}
        self._add(wanted, Problem, "serialization")
        for operation in operations:
            for shape in (operation.query, operation.body, operation.form):
                self._add(wanted, shape, "validation")
            for shape in operation.responses.values():
                self._add(wanted, shape, "serialization")
        inputs: list[Any] = [(key, mode, adapter) for (key, mode), adapter in wanted.items()]
        made, definitions = TypeAdapter.json_schemas(inputs, ref_template=_REFERENCE)
        self._made = {(str(key), str(mode)): schema for (key, mode), schema in made.items()}
        self.components: dict[str, Any] = dict(sorted(definitions.get("$defs", {}).items()))

    @staticmethod
    def _add(wanted: dict[tuple[str, str], TypeAdapter[Any]], shape: Any, mode: str) -> None:
        if shape is not None and not isinstance(shape, Media):
            wanted.setdefault((repr(shape), mode), TypeAdapter(shape))

    def of(self, shape: Any, mode: str) -> dict[str, Any]:
        """The schema of a body: most often a reference."""
        return dict(self._made[repr(shape), mode])

    def fields(self, model: type[BaseModel]) -> tuple[dict[str, Any], list[str]]:
        """The properties of a query model and the names of those that must be given."""
        schema = self.of(model, "validation")
        if "$ref" in schema:
            schema = self.components[schema["$ref"].rpartition("/")[2]]
        return schema.get("properties", {}), schema.get("required", [])


def _entry(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
    }
    if operation.description:
        entry["description"] = operation.description
    parameters = _parameters(operation, schemas)
    if parameters:
        entry["parameters"] = parameters
    body = _request_body(operation, schemas)
    if body:
        entry["requestBody"] = body
    entry["responses"] = _responses(operation, schemas)
    entry["security"] = _security(operation)
    entry["x-permission"] = operation.permission.value
    if operation.permission is not Permission.PUBLIC:
        entry["x-keys"] = operation.keys
    if operation.scope is not None:
        entry["x-scope"] = operation.scope.value
    return entry


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    if operation.permission is Permission.PUBLIC:
        return []
    credentials: list[dict[str, list[str]]] = [{"session": []}, {"bearer": []}]
    return [{}, *credentials] if operation.permission is Permission.RECOGNISED else credentials


def _parameters(operation: Operation, schemas: _Schemas) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _PARAMETER_TYPES[kind or "str"]}
        for name, kind in _PARAMETER.findall(operation.path)
    ]
    if operation.query is not None:
        properties, required = schemas.fields(operation.query)
        for name, schema in properties.items():
            plain = {key: value for key, value in schema.items() if key not in {"title", "description"}}
            parameter = {"name": name, "in": "query", "required": name in required, "schema": plain}
            if "description" in schema:
                parameter["description"] = schema["description"]
            parameters.append(parameter)
    parameters += [
        {
            "name": header.name,
            "in": "header",
            "required": header.required,
            "schema": {"type": "string"},
            "description": header.description,
        }
        for header in operation.takes_headers
    ]
    return parameters


def _request_body(operation: Operation, schemas: _Schemas) -> dict[str, Any] | None:
    if operation.stream is not None:
        return {"content": {operation.stream: {"schema": {"type": "string", "format": "binary"}}}}
    shape, media_type = operation.body, "application/json"
    if operation.form is not None:
        shape, media_type = operation.form, operation.form_type
    if shape is None:
        return None
    return {"required": True, "content": {media_type: {"schema": schemas.of(shape, "validation")}}}


def _responses(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, shape in operation.responses.items():
        response: dict[str, Any] = {"description": HTTPStatus(status).phrase}
        if operation.gives_headers:
            response["headers"] = {
                header.name: {
                    "description": header.description,
                    "required": header.required,
                    "schema": {"type": "string"},
                }
                for header in operation.gives_headers
            }
        if isinstance(shape, Media):
            response["description"] = shape.description
            response["content"] = {
                media_type: {"schema": _bytes_of(media_type)} for media_type in shape.types
            }
        elif shape is not None:
            response["content"] = {"application/json": {"schema": schemas.of(shape, "serialization")}}
        responses[str(status)] = response
    for status, codes in _problems(operation).items():
        if str(status) in responses:
            continue
        responses[str(status)] = {
            "description": " ".join(f"`{code}`: {message}" for code, message in codes.items()),
            "content": {PROBLEM_TYPE: {"schema": schemas.of(Problem, "serialization")}},
        }
    return dict(sorted(responses.items()))


def _bytes_of(media_type: str) -> dict[str, str]:
    if media_type == "application/json":
        return {"type": "object"}
    return {"type": "string", "format": "binary"}


def problem_classes(operation: Operation) -> tuple[type[SceneSenseError], ...]:
    """Everything that can go wrong with an operation: what it declares, and what follows from its declaration."""
    found: list[type[SceneSenseError]] = [Malformed]
    if operation.permission is not Permission.PUBLIC:
        found += [Unauthenticated, DatabaseUnavailable]
    if (
        operation.permission not in {Permission.PUBLIC, Permission.RECOGNISED}
        or operation.method not in LOOKS
    ):
        found.append(Forbidden)
    if _PARAMETER.search(operation.path):
        found.append(NotFound)
    if operation.body is not None or operation.form is not None or operation.stream is not None:
        found += [WrongContentType, BodyTooLarge]
    if operation.audit is not None:
        found.append(DatabaseUnavailable)
    return tuple(dict.fromkeys([*found, *operation.errors, InternalError]))


def _problems(operation: Operation) -> dict[int, dict[str, str]]:
    by_status: dict[int, dict[str, str]] = {}
    for error in problem_classes(operation):
        message = " ".join((error.__doc__ or "").split("\n\n")[0].split())
        by_status.setdefault(status_of(error), {})[error.code] = message
    return dict(sorted(by_status.items()))


def as_text(content: dict[str, Any]) -> str:
    """The document as it is committed and served."""
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write the document, or say whether the written one is up to date; an exit code."""
    text = as_text(document(OPERATIONS))
    if "--write" in arguments:
        PATH.write_text(text, encoding="utf-8")
        return 0
    if PATH.exists() and PATH.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write("web/openapi.json is out of date; run `python -m web.openapi --write`\n")
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
