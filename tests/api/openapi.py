"""The OpenAPI document as the code has it; `python -m tests.environment python -m tests.api.openapi` writes docs/openapi.yaml."""

from __future__ import annotations

from typing import Any

from config.env import ROOT

PATH = ROOT / "docs" / "openapi.yaml"


def generated() -> str:
    """The document of this code, as YAML."""
    from drf_spectacular.generators import SchemaGenerator
    from drf_spectacular.renderers import OpenApiYamlRenderer

    schema: Any = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    text: bytes = OpenApiYamlRenderer().render(schema, renderer_context={})  # type: ignore[no-untyped-call]
    return text.decode()


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    PATH.write_text(generated())
