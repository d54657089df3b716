"""The demo's tour: begun and ended by a press, one stop after the other, and nowhere but in a demo."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client as Browser

from tenants import tour
from tests import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(settings: Any) -> Browser:
    settings.DEMO = True
    people.clinic()
    made: Browser = people.sign_in(Browser(), people.alice())
    return made


def go(browser: Browser, where: str) -> str:
    answer = browser.post("/tour/", {"go": where}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_leads_from_page_to_page_and_ends(browser: Browser) -> None:
    assert "Show me round" in browser.get("/").content.decode()
    page = go(browser, "begin")
    for number, stop in enumerate(tour.STOPS, 1):
        assert f"{stop.title} <small" in page
        assert f"Tour, {number} of {len(tour.STOPS)}" in page
        assert ("Go there" in page, "<script>" in page, "style=" in page.split("tour-title")[1][:600]) == (
            False,
        ) * 3
        last, page = page, go(browser, "next")
    assert "Finish the tour" in last
    assert "tour-title" not in page
    assert "tour-title" not in browser.get("/c/bright-smiles/contacts/").content.decode()


def test_elsewhere_it_says_where_it_goes_on_and_one_may_go_back_or_end(browser: Browser) -> None:
    go(browser, "begin")
    go(browser, "next")
    assert re.search(
        r'href="/c/bright-smiles/contacts/">Go there', browser.get("/c/bright-smiles/inbox/").content.decode()
    )
    assert tour.STOPS[0].title in go(browser, "back")
    assert "tour-title" not in go(browser, "end")


def test_outside_a_demo_there_is_none(browser: Browser, settings: Any) -> None:
    go(browser, "begin")
    settings.DEMO = False
    assert browser.post("/tour/", {"go": "begin"}).status_code == 404
    assert "tour" not in browser.get("/").content.decode().lower()
