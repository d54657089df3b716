"""Help says what the product does: its own lists of fields and words, keys that the script knows, changes as written down."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.urls import reverse
from django.utils.html import escape

from campaigns.merge_fields import FIELDS
from messaging.help_pages import CARRIERS, KEYS
from tests import people

pytestmark = pytest.mark.django_db


def told(name: str) -> str:
    answer = people.sign_in(Browser(), people.bob(people.clinic())).get(reverse(name))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_cheat_sheets_name_every_field_and_word() -> None:
    page = told("help")
    for each in FIELDS:
        assert escape(each.written) in page
    for word in CARRIERS:
        assert f"<code>{word.upper()}</code>*" in page


def test_every_key_on_the_map_is_known_to_the_script() -> None:
    page = told("keyboard")
    script = (settings.BASE_DIR / "static/app.js").read_text()
    rail = (settings.BASE_DIR / "tenants/templatetags/parts.py").read_text()
    for pressed, says in (key for _, keys in KEYS for key in keys):
        assert says in page
        last = pressed.split(" ")[-1]
        assert last == "Enter" or f'"{last.replace("Esc", "Escape")}"' in script + rail


def test_what_changed_is_the_changelog() -> None:
    page = told("changes")
    lines = [
        each[2:]
        for each in (settings.BASE_DIR / "CHANGELOG.md").read_text().splitlines()
        if each.startswith("- ")
    ]
    assert page.count("<li>") >= len(lines)
    plain = re.sub(r"`", "", lines[-1]).replace("'", "’")[:40]
    assert plain in unescape(page)
