"""No patient data outside the database: a name, a number, an address and an illness go in by every door and come out in no log."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client as Browser

from config.log_lines import JsonLines
from consent.models import Contact, ContactPoint
from messaging import bell
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.api.caller import Caller
from tests.hostile.doors import Door
from tests.hostile.test_forms import doors, undone
from tests.messaging.webhooks.conftest import Office

__all__ = ["doors"]
PHONE, EMAIL, NAME, ILLNESS = "5742317779", "qwertzina@example.org", "Qwertzina", "Psoriasiform"
CANARIES = (PHONE, EMAIL, NAME, ILLNESS)
TYPED = ("(574) 231-7779", EMAIL, f"{NAME} Xylolith", f"{NAME} has {ILLNESS}, call (574) 231-7779")
LIST = f"First name,Last name,Cell,E-mail\n{NAME},Xylolith,(574) 231-7779,{EMAIL}\n"


class Ears:
    """What the product's log, the broker and cache, and the database server's log said meanwhile."""

    def __init__(self) -> None:
        self._log, self._over = StringIO(), threading.Event()
        self._heard: list[str] = []
        self._server_log = Path(os.environ["TEST_POSTGRES_LOG"])
        self._begin = self._server_log.stat().st_size

    @property
    def said(self) -> dict[str, str]:
        with self._server_log.open("rb") as opened:
            opened.seek(self._begin)
            theirs = opened.read().decode(errors="replace")
        return {"log": self._log.getvalue(), "redis": "\n".join(self._heard), "postgres": theirs}

    def found(self) -> list[str]:
        """Where which canary was heard."""
        spellings = {PHONE: (PHONE, "574) 231-7779", "574-231-7779")}
        return [
            f"{canary} in {where}"
            for where, text in self.said.items()
            for canary in CANARIES
            if any(each.lower() in text.lower() for each in spellings.get(canary, (canary,)))
        ]

    @contextmanager
    def open(self) -> Iterator[Ears]:
        handler = logging.StreamHandler(self._log)
        handler.setFormatter(JsonLines())
        logging.getLogger().addHandler(handler)
        ready = threading.Event()
        thread = threading.Thread(target=self._listen, args=[ready])
        thread.start()
        assert ready.wait(30)
        try:
            yield self
            self.settle()
        finally:
            logging.getLogger().removeHandler(handler)
            self._over.set()
            self._mark()
            thread.join(30)

    def settle(self) -> None:
        """Until the ear at Redis has heard what was said so far."""
        for _ in range(600):
            mark = self._mark()
            if any(mark in each for each in list(self._heard[-50:])):
                return
            self._over.wait(0.05)
        raise AssertionError("Redis is not heard")

    def _mark(self) -> str:
        mark = f"mark-{len(self._heard)}"
        with closing(redis.Redis.from_url(settings.REDIS_URL)) as server:
            server.echo(mark)
        return mark

    def _listen(self, ready: threading.Event) -> None:
        """Line by line as it comes, however long nothing does: redis-py's own reader gives up on what it cannot parse."""
        with closing(redis.Redis.from_url(settings.REDIS_URL, socket_timeout=None)) as server:
            line = server.connection_pool.get_connection()
            line.send_command("MONITOR")  # type: ignore[no-untyped-call]
            while not self._over.is_set():
                self._heard.append(str(line.read_response()))
                ready.set()
            line.disconnect()  # type: ignore[no-untyped-call]


@pytest.fixture
def ears() -> Iterator[Ears]:
    with Ears().open() as opened:
        yield opened


def journey(office: Office, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person comes by a list, by another system and by a text, is looked for, written about, and meets a fault."""
    clinic = office.client
    (folder / "list.csv").write_text(LIST)
    call_command("import_contacts", clinic.slug, folder / "list.csv", json=True, stdout=StringIO())
    came = {"first_name": NAME, "last_name": "Xylolith", "phone": f"+1{PHONE}", "email": EMAIL}
    bounce = {"event": "bounce", "email": EMAIL, "sg_event_id": "e1", "timestamp": 1, "reason": f"no {NAME}"}
    answers = [
        Caller(clinic).post("contacts/", came),
        office.texts(f"This is {NAME}, my {ILLNESS} is back", sender=f"+1{PHONE}", number=1),
        office.texts(f"STOP it, {NAME}", sender=f"+1{PHONE}", number=2),
        office.events(bounce),
    ]
    assert {each.status_code for each in answers} <= {200, 201, 204}, "all of it was taken in"
    browser = people.sign_in(Browser(raise_request_exception=False), people.olive())
    at = f"/c/{clinic.slug}"
    for typed in TYPED:
        browser.post(f"{at}/contacts/search/", {"q": typed}, follow=True)
    with acting_for(clinic.pk):
        her = next(each.pk for each in Contact.objects.all() if each.first_name == NAME)
    browser.post(f"{at}/contacts/{her}/opt-out/", {"channel": "email", "note": TYPED[3]})
    browser.get(f"{at}/contacts/{her}/")
    with monkeypatch.context() as patch:

        def fails(*_: Any, **__: Any) -> None:
            raise ValueError(TYPED[3])

        patch.setattr("consent.contact_page.render", fails)
        broken = browser.get(f"{at}/contacts/{her}/")
        assert broken.status_code == 500
        assert not any(each in broken.content.decode() for each in CANARIES), (
            "the page of a fault says nothing"
        )
    refused(clinic)


def refused(clinic: Client) -> None:
    """A statement with everything of a person that the database server refuses, and writes into its log."""
    with acting_for(clinic.pk):
        spot = ContactPoint.objects.order_by("pk")[0]
        wrong = ContactPoint(
            client=clinic,
            contact_id=-1,
            channel="pigeon",
            address_id=spot.address_id,
            value=spot.value,
            end_reason="x" * 99,
        )
        with pytest.raises(DatabaseError), transaction.atomic():
            wrong.save()


@pytest.mark.django_db(transaction=True)
def test_who_comes_by_a_list_an_api_or_a_text_is_in_no_log_and_no_queue(
    ears: Ears, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.UPLOAD_DIR = str(tmp_path / "uploads")
    journey(Office(people.clinic()), tmp_path, monkeypatch)
    bell.ring(1, at_once=True)
    ears.settle()
    assert ears.found() == []
    assert '"error": "ValueError"' in ears.said["log"]
    assert "pigeon" in ears.said["postgres"]
    assert ears.said["redis"]


@pytest.mark.django_db
def test_what_is_said_aloud_is_heard(ears: Ears) -> None:
    """The ears themselves."""
    cache.set("canary", PHONE)
    logging.getLogger("messaging").error("%s", extra={"reason": NAME})
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 / 0 AS {ILLNESS}")
    ears.settle()
    assert ears.found() == [f"{NAME} in log", f"{PHONE} in redis", f"{ILLNESS} in postgres"]


@pytest.mark.reliability
@pytest.mark.django_db
def test_what_is_typed_into_any_form_is_in_no_log_and_no_queue(
    ears: Ears, doors: list[tuple[Browser, Door]]
) -> None:
    for browser, door in doors:
        for typed in TYPED if door.free else ():
            with undone():
                door.send(browser, **dict.fromkeys(door.free, typed))
                for each in list(connection.run_on_commit):
                    each[1]()
    ears.settle()
    assert ears.found() == []
