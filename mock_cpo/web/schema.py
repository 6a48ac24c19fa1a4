"""The OpenAPI 3.1 description: protocol types as components, the envelope around every answer, one security scheme."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

Wire = dict[str, Any]
Models = type[BaseModel] | list[type[BaseModel]] | None
REF = "#/components/schemas/{model}"
_described: dict[str, type[BaseModel]] = {}

INTRO = """
A complete charge point operator on one laptop: register your eMSP, look at the network, start charges, receive CDRs.

* OCPI 2.2.1 lives under `/ocpi/cpo/…`. Press *Authorize* and give `Token <Base64 of your token>`.
* The control API under `/control/…` plays the people of this CPO: drivers with cards, technicians, and vandals.
"""


def describes(takes: Models = None, gives: Models = None) -> Wire:
    """Keyword arguments of a FastAPI route: request body and success answer by protocol types.

    Several types in `takes` mean one of them; a list in `gives` means a paginated list of that type.
    """
    extra: Wire = {"security": [{"Token": []}]}
    if takes:
        options = [_ref(model) for model in (takes if isinstance(takes, list) else [takes])]
        schema = options[0] if len(options) == 1 else {"oneOf": options}
        extra["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {"openapi_extra": extra, "responses": {200: _envelope(gives)}}


def _envelope(gives: Models) -> Wire:
    properties: Wire = {
        "status_code": {"type": "integer", "examples": [1000]},
        "status_message": {"type": "string"},
        "timestamp": {"type": "string", "format": "date-time"},
    }
    if isinstance(gives, list):
        properties["data"] = {"type": "array", "items": _ref(gives[0])}
    elif gives:
        properties["data"] = _ref(gives)
    schema = {"type": "object", "required": ["status_code", "timestamp"], "properties": properties}
    return {"description": "The OCPI envelope", "content": {"application/json": {"schema": schema}}}


def _ref(model: type[BaseModel]) -> Wire:
    _described[model.__name__] = model
    return {"$ref": REF.format(model=model.__name__)}


def build(app: FastAPI) -> Wire:
    """The schema document, built once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=INTRO, routes=app.routes, tags=app.openapi_tags
        )
        _, definitions = models_json_schema([(model, "validation") for model in _described.values()], ref_template=REF)
        components = document.setdefault("components", {})
        components.setdefault("schemas", {}).update(definitions["$defs"])
        components["securitySchemes"] = {"Token": {"type": "apiKey", "in": "header", "name": "Authorization"}}
        app.openapi_schema = document
    return app.openapi_schema
