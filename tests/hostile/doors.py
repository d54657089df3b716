"""Every form on every page, found by looking at the pages: what a browser could send, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import lxml.html  # type: ignore[import-untyped]
from django.test import Client as Browser

FREE = {
    "text",
    "search",
    "email",
    "tel",
    "url",
    "number",
    "date",
    "datetime-local",
    "password",
    "textarea",
    "hidden",
}


@dataclass
class Door:
    """One form: its address, what a browser would send untouched, and which fields take free text."""

    page: str
    action: str
    method: str
    values: dict[str, Any]
    free: list[str]
    chosen: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.method} {self.action} ({', '.join(self.values)})"

    def send(self, browser: Browser, **changed: Any) -> Any:
        values = {name: value for name, value in {**self.values, **changed}.items() if value is not None}
        return getattr(browser, self.method)(self.action, values)


def doors_of(browser: Browser, page: str) -> Iterator[Door]:
    """The forms that a page shows to whoever is signed in."""
    answer = browser.get(page)
    assert answer.status_code != 500, page
    if answer.status_code != 200 or "html" not in answer["Content-Type"] or answer.streaming:
        return
    for form in lxml.html.fromstring(f"<html>{answer.content.decode()}</html>").forms:
        fields: dict[str, str] = {}
        for each in form.inputs:
            if each.name and each.name != "csrfmiddlewaretoken":
                fields[each.name] = each.tag if each.tag != "input" else each.type
        if form.get("method") == "dialog":
            continue
        values: dict[str, Any] = {}
        for name, kind in fields.items():
            value = form.fields.get(name, "")
            values[name] = (
                list(value) if isinstance(value, lxml.html.MultipleSelectOptions | set) else value or ""
            )
            if kind == "file":
                values[name] = None
        action = urljoin(page, form.get("action") or page)
        free = [name for name, kind in fields.items() if kind in FREE]
        chosen = [name for name, kind in fields.items() if kind in {"select", "radio", "checkbox"}]
        yield Door(page, action, form.get("method", "get").lower(), values, free, chosen)
