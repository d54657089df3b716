"""Every page that a link leads to once the walk was made: nothing for axe to find, no error, no scrolling sideways on a phone."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Error, Page

from tests.browser.conftest import Window
from tests.browser.looking import PHONE, Eyes
from tests.browser.running_demo import RunningDemo

pytestmark = pytest.mark.browser

OWNER, APPROVER, DESK = "olivia@harbor.example", "dana@lakesidedental.example", "fay@lakesidedental.example"


def name_of(url: str) -> str:
    """Which page an address is, whoever it is about; nothing when it is not one of ours."""
    try:
        return resolve(urlsplit(url).path).view_name
    except Resolver404:
        return ""


def links_on(page: Page, home: str) -> Iterator[str]:
    for link in page.locator("a[href]:not([download])").evaluate_all("all => all.map(each => each.href)"):
        address = urldefrag(urljoin(page.url, link)).url
        if address.startswith(home):
            yield address


def walk(eyes: Eyes, home: str, seen: set[str]) -> list[str]:
    """Follow every link to a page not seen yet; what is wrong with each."""
    page, wrong = eyes.page, []
    waiting = deque([home])
    while waiting:
        try:
            page.goto(waiting.popleft())
        except Error as refused:
            if "Download is starting" not in str(refused):
                raise
            continue
        try:
            eyes.look(name_of(page.url))
        except AssertionError as complaint:
            wrong.append(str(complaint))
        for link in links_on(page, home):
            name = name_of(link)
            if name not in seen:
                seen.add(name)
                waiting.append(link)
    return wrong


def test_every_page_is_in_order_for_its_readers(window: Window, demo: RunningDemo) -> None:
    seen, wrong = {"", "account_logout"}, []
    for email in (OWNER, APPROVER, DESK):
        eyes = window(email)
        eyes.page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # the walk itself saw them at a desk
        wrong += walk(eyes, demo.url + "/", seen)
    assert not wrong, "\n\n".join(wrong)
    assert {"campaign", "contact", "live", "why_message", "readiness", "rulebook", "team"} <= seen
