"""Logs: one JSON object a line, of named fields only; nothing that an exception or an argument says of a person."""

from __future__ import annotations

import ast
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from config.env import ROOT
from config.log_lines import FIELDS, JsonLines

ROOMS = ("config", "tenants", "consent", "campaigns", "compliance", "messaging")


def line(says: str, *args: object, logger: str = "messaging.tasks", **more: Any) -> dict[str, Any]:
    record = logging.getLogger(logger).makeRecord(
        logger, logging.ERROR, "file.py", 1, says, args, more.pop("exc_info", None), extra=more
    )
    written: dict[str, Any] = json.loads(JsonLines().format(record))
    return written


def test_a_field_that_nobody_named_is_never_written() -> None:
    found = line("a text was refused", client=7, phone="+15742310611")
    assert found["client"] == "7"
    assert "15742310611" not in json.dumps(found)


def test_an_exception_is_told_by_its_kind_and_place_and_not_by_its_words() -> None:
    try:
        raise ValueError("jane.doe@mail.example is no number")
    except ValueError:
        found = line("a round failed", exc_info=sys.exc_info())
    assert found["error"] == "ValueError"
    assert found["where"][-1].startswith("config/test_log_lines.py:")
    assert "jane" not in json.dumps(found)


def test_arguments_are_left_out_of_the_message() -> None:
    assert line("%s is no number", "jane.doe@mail.example")["says"] == "%s is no number"


def test_what_the_product_logs_is_on_the_list() -> None:
    """A field that is not would be written nowhere, and nobody would notice until it is needed."""
    assert {name for _, name in named()} <= set(FIELDS)


def test_the_product_logs_constant_messages() -> None:
    """What stands in the place of an argument is left out of the line: it may be a person's."""
    with_arguments = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, call in calls()
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"debug", "info", "warning", "error", "exception", "critical"}
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in {"log", "logger"}
        and not (len(call.args) == 1 and isinstance(call.args[0], ast.Constant))
    ]
    assert with_arguments == []


def calls() -> Iterator[tuple[Path, ast.Call]]:
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    yield path, node


def named() -> Iterator[tuple[Path, str]]:
    """Every name in an `extra={...}` of the product."""
    for path, call in calls():
        for keyword in call.keywords:
            if keyword.arg == "extra" and isinstance(keyword.value, ast.Dict):
                yield from (
                    (path, str(key.value)) for key in keyword.value.keys if isinstance(key, ast.Constant)
                )
