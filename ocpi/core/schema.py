"""OpenAPI: the protocol's own types, the envelope around them, and the token in the Authorization header."""

from inspect import getdoc
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from ocpi.protocol.types import OcpiModel

ENVELOPE = {
    "status_code": {"type": "integer", "description": "OCPI status code; 1000 is success", "example": 1000},
    "status_message": {"type": "string"},
    "timestamp": {"type": "string", "format": "date-time"},
}
PAGING = [
    OpenApiParameter("date_from", str, description="Only objects last updated at or after this UTC time."),
    OpenApiParameter("date_to", str, description="Only objects last updated before this UTC time."),
    OpenApiParameter("offset", int, description="Index of the first object; default 0."),
    OpenApiParameter("limit", int, description="At most this many objects; the server has its own upper limit."),
]


class OcpiSchema(AutoSchema):
    """One tag per OCPI module."""

    def get_tags(self) -> list[str]:
        return [getattr(self.view, "module", "other")]

    def get_description(self) -> str:
        """The operation's own docstring; the view's is for readers of the code."""
        return getdoc(getattr(self.view, self.view.action)) or ""

    def get_operation_id(self) -> str:
        """`location_put`, `evse_patch`…: the object, the action, and the party where a path has a variant with it."""
        name = type(self.view).__name__.removesuffix("View")
        at_root = "" if "/emsp/" in self.path else "AtRoot"  # /ocpi/versions is the same as /ocpi/emsp/2.2.1/versions
        of_party = "OfParty" if "{country_code}" in self.path and self.view.action == "authorize" else ""
        return f"{name[0].lower()}{name[1:]}_{self.view.action}{of_party}{at_root}"


class ModelExtension(OpenApiSerializerExtension):
    """Let drf-spectacular read a pydantic model wherever it expects a serializer."""

    target_class = OcpiModel
    match_subclasses = True

    def get_name(self, auto_schema: Any, direction: Any) -> str:
        return self.target.__name__

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema = self.target.model_json_schema(ref_template="#/components/schemas/{model}", mode="validation")
        for name, part in schema.pop("$defs", {}).items():
            self._register(auto_schema, name, part)
        return schema

    def _register(self, auto_schema: Any, name: str, schema: dict[str, Any]) -> None:
        component = ResolvedComponent(name=name, type=ResolvedComponent.SCHEMA, object=name, schema=schema)
        auto_schema.registry.register_on_missing(component)


class EnvelopeOf:
    """A response schema: the envelope with `data` of the given type, a list of it, or none."""

    def __init__(self, model: type[OcpiModel] | None = None, many: bool = False) -> None:
        self.model, self.many = model, many


class EnvelopeExtension(OpenApiSerializerExtension):
    target_class = EnvelopeOf
    match_subclasses = True

    def get_name(self, auto_schema: Any, direction: Any) -> str:
        name = self.target.model.__name__ if self.target.model else ""
        return f"Envelope{name}{'List' if self.target.many else ''}"

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        properties: dict[str, Any] = dict(ENVELOPE)
        if self.target.model is not None:
            data = auto_schema.resolve_serializer(self.target.model, direction).ref
            properties = {"data": {"type": "array", "items": data} if self.target.many else data, **properties}
        return {"type": "object", "properties": properties, "required": ["status_code", "timestamp"]}


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "ocpi.partners.authentication.TokenAuthentication"
    name = "credentials token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "The word `Token`, a space, and your token in Base64: `Token ZXhhbXBsZS10b2tlbg==`.",
        }


def documented(
    summary: str,
    *,
    body: type[OcpiModel] | None = None,
    returns: type[OcpiModel] | None = None,
    many: bool = False,
    parameters: list[OpenApiParameter] | None = None,
    created: bool = False,
) -> Any:
    """What a view's operation takes and gives, for the API docs; its docstring is the description."""
    answer = OpenApiResponse(EnvelopeOf(returns, many), description="Success")
    return extend_schema(
        summary=summary,
        request=body,
        responses={200: answer, 201: answer} if created else {200: answer},
        parameters=[*(parameters or []), *(PAGING if many else [])],
    )
