"""Looks at a page as its users would complain about it: errors, blocked content, accessibility, sideways scrolling."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Response, expect

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
STANDARD = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # what passes is not described: half the time
}
HARMLESS = (
    "Failed to load resource: the server responded",  # told by the response, with its address
    "htmx:sendAbort", "htmx:afterRequest",  # a preview of words that were typed over meanwhile
)  # fmt: skip
SHOTS = os.environ.get("WALK_SHOTS", "")  # a directory for pictures of every page, or nothing


class Eyes:
    """Watches one page from its opening on. `look()` fails with everything that is wrong with what is shown."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wrong: list[str] = []
        self.expected: set[int] = set()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.wrong.append(f"script error: {error}"))
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(HARMLESS):
            self.wrong.append(f"{message.type}: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.wrong.append(f"{response.status} {response.request.method} {response.url}")

    def look(self, name: str) -> None:
        """Everything shown now, at a desk and on a phone; axe asks once, in the window of its reader. `name` is the picture's."""
        settled(self.page)
        size = self.page.viewport_size or WIDE
        for width in (PHONE, WIDE):
            self.page.set_viewport_size(width)  # type: ignore[arg-type]
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            if wide > width["width"]:
                self.wrong.append(f"{wide - width['width']} px wider than a window of {width['width']} px")
            if SHOTS:
                picture = Path(SHOTS) / f"{name}-{width['width']}.png"
                picture.parent.mkdir(parents=True, exist_ok=True)
                self.page.screenshot(path=picture, full_page=True)
            if width == size:
                self.wrong += complaints(self.page)
        self.page.set_viewport_size(size)  # type: ignore[arg-type]
        found, self.wrong = self.wrong, []
        assert not found, f"{name}, {self.page.url}:\n" + "\n".join(found)


def settled(page: Page) -> None:
    """What the page asks for by itself has come."""
    page.wait_for_load_state("load")
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


def complaints(page: Page) -> list[str]:
    """What axe finds, with where."""
    found: list[dict[str, Any]] = Axe().run(page, options=STANDARD).response["violations"]
    return [
        f"axe {each['id']}: {node['target']} {' '.join(node['html'].split())[:160]}"
        for each in found
        for node in each["nodes"]
    ]
