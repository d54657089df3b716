"""Every form of every page, with everything in `strings` in every field: a sentence or a page, never a crash, never code that runs."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.signals import got_request_exception
from django.db import transaction
from django.test import Client as Browser

from tests import people
from tests.hostile import strings
from tests.hostile.doors import Door, doors_of
from tests.hostile.world import browsers, pages

# Minutes long: with `make reliability`, not with every run of the tests.
pytestmark = [pytest.mark.django_db, pytest.mark.reliability]
ANSWERS = {200, 302, 303, 400, 403, 404, 409, 422, 429}


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def crashes() -> Iterator[list[str]]:
    found: list[str] = []

    def note(**_: Any) -> None:
        found.append(traceback.format_exc(limit=-3))

    got_request_exception.connect(note)
    yield found
    got_request_exception.disconnect(note)


@pytest.fixture
def doors(settings: Any, tmp_path: Any) -> list[tuple[Browser, Door]]:
    settings.UPLOAD_DIR = str(tmp_path)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.ACCOUNT_RATE_LIMITS = {}
    clinic = people.clinic()
    where = pages(clinic)
    who = browsers(where["signer"][0].split("/")[2])
    found: dict[tuple[str, str, str], tuple[Browser, Door]] = {}
    for name, addresses in where.items():
        for page in addresses:
            for door in doors_of(who[name], page):
                found.setdefault((name, door.action, ",".join(door.values)), (who[name], door))
    return list(found.values())


def wrong_with(browser: Browser, door: Door, text: str, fields: list[str]) -> list[str]:
    with undone(), crashes() as crashed:
        answer = door.send(browser, **dict.fromkeys(fields, text))
        said = [f"{door} with {text[:40]!r}: {each}" for each in crashed]
        if answer.status_code not in ANSWERS:
            said.append(f"{door} with {text[:40]!r}: {answer.status_code}")
        if answer.status_code in {302, 303}:
            answer = browser.get(answer["Location"].partition("#")[0])
            said += [f"{door} with {text[:40]!r}, afterwards: {each}" for each in crashed]
        if not answer.streaming and "html" in answer.get("Content-Type", ""):
            said += [f"{door} with {text[:40]!r} ran {each}" for each in strings.ran(answer.content.decode())]
    return list(dict.fromkeys(said))


def test_every_text_field_takes_whatever_is_typed(doors: list[tuple[Browser, Door]]) -> None:
    wrong = []
    for browser, door in doors:
        if door.free:
            for text in strings.FEW:
                wrong += wrong_with(browser, door, text, door.free)
    assert wrong == [], f"{len(wrong)} wrong\n" + "\n".join(wrong[:60])


def test_every_choice_takes_what_was_never_offered(doors: list[tuple[Browser, Door]]) -> None:
    wrong = []
    for browser, door in doors:
        if door.chosen:
            for text in strings.FEW[:9]:
                wrong += wrong_with(browser, door, text, door.chosen)
    assert wrong == [], f"{len(wrong)} wrong\n" + "\n".join(wrong[:60])
