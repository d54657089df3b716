"""How the OpenAPI document is written (drf-spectacular)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from tenants.api.once import HEADER, KEY

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag the correction was made from.",
)
_REFUSALS = {
    "4XX": {
        "description": "Refused: what and why, and nothing of anybody's data.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


class BearerKey(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`Authorization: Bearer cts_…`"""

    target_class = "tenants.api.tokens.TokenAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002
        return {"type": "http", "scheme": "bearer"}


class Described(AutoSchema):
    """Adds what every operation has: the scope it needs, the key of repeats, the refusals."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        found = super().get_operation(*args, **kwargs)
        if found is not None:
            scope = getattr(self.view, "scopes", {}).get(self.method)
            found["description"] = f"{found.get('description', '')}\n\nScope: `{scope}`.".strip()
            found["responses"] |= _REFUSALS
        return found

    def get_override_parameters(self) -> list[Any]:
        mine = super().get_override_parameters()
        if self.method == "POST" and getattr(self.view, "once", False):
            mine = [*mine, OpenApiParameter(
                HEADER, {"type": "string", "pattern": f"^{KEY}$"}, OpenApiParameter.HEADER, required=True,
                description="New for every new request, the same when a request is repeated.",
            )]  # fmt: skip
        return mine

    def get_operation_id(self) -> str:
        name = self.view.__class__.__name__
        return f"{name}_{str(self.method).lower()}"


@lru_cache(maxsize=64)  # one component for one kind
def listing(kind: type[serializers.Serializer[Any]]) -> Any:
    """A page of these."""
    name = f"{kind.__name__.removesuffix('Out')}Page"
    return inline_serializer(
        name, {"results": kind(many=True), "next": serializers.CharField(allow_null=True)}
    )


def rows_of(kind: type[serializers.Serializer[Any]]) -> Any:
    """Many of these in one request."""
    return inline_serializer(f"{kind.__name__.removesuffix('In')}Rows", {"rows": kind(many=True)})


def add_problem(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """The refusals' shape, which no serializer describes."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    return result
