"""A word in every text that a rival keeps: no page, file, answer or mail of ours ever shows it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
import redis
from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core import mail
from django.db import models
from django.test import Client as Browser
from reportlab.platypus import Paragraph

from tenants import paper
from tenants.api import tokens
from tenants.encryption import EncryptedChar, EncryptedText, encrypt
from tenants.models import Client, Role, Scope
from tenants.models.base import ClientOwned
from tenants.models.member import AGENCY_ROLES
from tenants.scope import acting_for
from tests import people
from tests.test_walker import ROUTES
from tests.walked import objects_of

pytestmark = pytest.mark.django_db(transaction=True)
WORD = "zyqc"  # short enough for the shortest column; in no word of ours
ENOUGH = 130  # columns of the rival that hold it, so that the test cannot come to look for nothing


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was put on paper: in the file itself it is compressed."""
    said: list[str] = []

    def told(text: str, *args: Any, **options: Any) -> Any:
        said.append(text)
        return Paragraph(text, *args, **options)

    monkeypatch.setattr(paper, "Paragraph", told)
    return said


def columns() -> Iterator[tuple[type[models.Model], models.Field[Any, Any]]]:
    for model in apps.get_models():
        if issubclass(model, ClientOwned) or model is Client:
            for each in model._meta.local_fields:
                if isinstance(
                    each, models.CharField | models.TextField | ArrayField | EncryptedText | EncryptedChar
                ):
                    yield model, each


def filled(rival: Client) -> int:
    """Write the word into every text column of the rival's rows that takes it; how many hold it then."""
    base = urlsplit(os.environ["TEST_ADMIN_URL"])
    name = urlsplit(os.environ["DATABASE_URL"]).path
    count = 0
    with closing(psycopg2.connect(base._replace(path=name).geturl())) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            for model, each in columns():
                if model is Client and each.name in ("slug", "time_zone"):
                    continue  # its address, and what every page reckons with
                owner = "id" if model is Client else "client_id"
                plain = f"{WORD}-{model.__name__}"[: getattr(each, "max_length", None) or 60]
                value: Any = plain
                if isinstance(each, EncryptedText | EncryptedChar):
                    value = encrypt(plain)
                elif isinstance(each, ArrayField):
                    value = [WORD]
                try:
                    cursor.execute(
                        f'UPDATE "{model._meta.db_table}" SET "{each.column}" = %s WHERE {owner} = %s',  # noqa: S608
                        [value, rival.pk],
                    )
                    count += cursor.rowcount > 0
                except psycopg2.Error:  # a number, a choice that is checked, a name that must be unique
                    continue
    return count


def kept_in_the_cache() -> bytes:
    """Keys and values; what is no text (a counter of a limit) holds no word."""
    with closing(redis.Redis.from_url(settings.CACHES["default"]["LOCATION"])) as server:
        keys = list(server.scan_iter())
        return b"\n".join(each for each in [*keys, *server.mget(keys or [b"-"])] if isinstance(each, bytes))


def body(answer: Any) -> str:
    raw: bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return raw.decode(errors="replace")


def test_nothing_that_a_rival_keeps_is_shown_to_us(
    drawn: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    look_everywhere((Role.OWNER, Role.APPROVER), drawn)
    assert WORD not in caplog.text


@pytest.mark.reliability
def test_nothing_that_a_rival_keeps_is_shown_to_any_role(
    drawn: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    look_everywhere(tuple(Role), drawn)
    assert WORD not in caplog.text


def look_everywhere(roles: tuple[Role, ...], drawn: list[str]) -> None:
    """Every page, file and answer that these roles and a key of every scope may have; what is mailed, drawn and kept meanwhile."""
    rival = people.rival_clinic()
    objects_of(rival)
    assert filled(rival) >= ENOUGH
    clinic = people.clinic()
    ids = objects_of(clinic) | {"client": clinic.slug}
    found, asked = [], 0
    for role in roles:
        of: dict[str, Any] = {"of": people.agency()} if role in AGENCY_ROLES else {"client": clinic}
        browser = people.sign_in(Browser(), people.member(f"As{role}", role, **of))
        for route in ROUTES:
            if route.access is None or set(route.kwargs) - set(ids):
                continue
            answer = browser.get(route.url(ids))
            asked += answer.status_code == 200
            if WORD in body(answer):
                found.append((route.name, role.value))
        for words in (WORD, f"{WORD}-Contact", "+15742310700"):
            answer = browser.post(f"/c/{clinic.slug}/contacts/search/", {"q": words}, follow=True)
            if re.search(f"{WORD}-", body(answer).replace(words, "")):
                found.append(("contact_search", role.value))
    with acting_for(clinic.pk):
        key = tokens.make(clinic, name="All", scopes=Scope.values, days=30, by=people.user("Bob"))[1]
    for route in ROUTES:
        if route.name.startswith("api_") or (route.access and route.access.kind == "api"):
            if set(route.kwargs) - set(ids):
                continue
            answer = Browser().get(route.url(ids), headers={"Authorization": f"Bearer {key}"})
            asked += answer.status_code == 200
            if WORD in body(answer):
                found.append((route.name, "api"))
    assert found == []
    assert asked > 200, "the pages were there to be read"
    assert WORD not in "\n".join(drawn)
    assert WORD not in "\n".join(f"{each.subject}{each.body}{each.to}" for each in mail.outbox)
    assert WORD.encode() not in kept_in_the_cache()
