"""What the bodies of every part have in common: strict about names, and silent about values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

MOST_ROWS = 1_000


class Strict(serializers.Serializer[Any]):
    """Refuses what it does not know: a field misspelt is a field lost."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            if unknown := [name for name in data if name not in self.fields]:
                raise ValidationError({str(name): ["There is no such field."] for name in unknown})
            if numbers := [name for name in data if self._is_bare(name, data[name])]:
                raise ValidationError({name: ["Send this as text, in quotes."] for name in numbers})
        else:
            raise ValidationError(
                {"non_field_errors": ["Send an object with the fields of the documentation."]}
            )
        return super().to_internal_value(data)

    def _is_bare(self, name: str, value: Any) -> bool:
        """A number where text belongs: a ZIP code has lost its noughts by then, and a long id its last digits."""
        return isinstance(self.fields[name], serializers.CharField) and isinstance(value, (int, float))


class Choice(serializers.ChoiceField):
    """A choice whose refusal does not repeat what was sent."""

    def __init__(self, choices: Any, **options: Any) -> None:
        known = ", ".join(str(key) for key in dict(choices))
        options["error_messages"] = {"invalid_choice": f"One of {known}."} | options.get("error_messages", {})
        super().__init__(choices, **options)


def read(kind: type[Strict], data: Any) -> dict[str, Any]:
    """The body as `kind` says, or a refusal field by field."""
    form = kind(data=data)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def read_rows(kind: type[Strict], data: Any) -> tuple[list[tuple[int, dict[str, Any]]], dict[int, Any]]:
    """`{"rows": [...]}` row by row: what is right with its number, and what is wrong with each of the others."""
    rows = data.get("rows") if isinstance(data, Mapping) else None
    if not isinstance(rows, list) or set(data) != {"rows"}:
        raise ValidationError({"rows": ["Send an object with one list called rows."]})
    if not 0 < len(rows) <= MOST_ROWS:
        raise ValidationError({"rows": [f"From 1 to {MOST_ROWS:,} rows in one request."]})
    right, wrong = [], {}
    for number, row in enumerate(rows):
        form = kind(data=row)
        if form.is_valid():
            right.append((number, dict(form.validated_data)))
        else:
            wrong[number] = form.errors
    return right, wrong
