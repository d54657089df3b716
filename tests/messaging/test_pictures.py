"""A picture in a reply is fetched once, drawn anew, kept encrypted, deleted at Twilio, and opened by a step on record."""

from __future__ import annotations

import base64
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client as Browser
from PIL import Image

from messaging import polling
from messaging.evidence.erasing import erase
from messaging.evidence.purging import purge
from messaging.models import Inbound, LegalHold, Picture
from messaging.pictures import fetching
from messaging.pictures.drawing import LONGEST, Refused, drawn_anew
from messaging.providers import provider_for
from messaging.providers.base import NotConnected
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, Role
from tenants.scope import acting_for
from tests import people
from tests.messaging.test_aftermath import clinic, numbers, sent, simulator
from tests.messaging.test_redacting import account
from tests.simulators import Simulator

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["clinic", "simulator"]  # fixtures


@pytest.fixture
def reply(clinic: Client, simulator: Simulator) -> Inbound:
    """Somebody sent two pictures and a word."""
    sent(clinic, texts=1)
    simulator.reply(numbers(clinic, simulator)[0], "My card", media=2)
    polling.poll_if_due(clinic.pk)
    with acting_for(clinic.pk):
        found: Inbound = Inbound.objects.get()
        return found


def kept(of: Client) -> list[Picture]:
    with acting_for(of.pk):
        return list(Picture.objects.order_by("pk"))


def left_there(of: Client, reply: Inbound) -> int:
    return len(provider_for(account(of)).pictures(reply.provider_id))


def gives(monkeypatch: pytest.MonkeyPatch, of: Client, given: Any) -> None:
    """Twilio has these bytes, or does this."""
    does = given if callable(given) else lambda *_: given
    monkeypatch.setattr(provider_for(account(of)), "picture", does)


def as_file(kind: str, size: tuple[int, int] = (40, 20), mode: str = "RGB", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 0).save(out, kind, **more)
    return out.getvalue()


def test_pictures_are_kept_once_and_deleted_there(clinic: Client, reply: Inbound) -> None:
    assert left_there(clinic, reply) == 2
    assert fetching.fetch(clinic.pk) == 1
    assert left_there(clinic, reply) == 0
    assert [(each.width, each.height, bool(each.gone_there_at)) for each in kept(clinic)] == [
        (800, 504, True)
    ] * 2
    assert fetching.fetch(clinic.pk) == 0
    assert len(kept(clinic)) == 2


def test_what_the_camera_wrote_is_gone_and_the_file_is_encrypted(clinic: Client, reply: Inbound) -> None:
    from simulator.twilio_media import a_card  # the photo as it was sent

    assert Image.open(io.BytesIO(a_card())).getexif().get_ifd(0x8825)
    fetching.fetch(clinic.pk)
    shown = Image.open(io.BytesIO(base64.b64decode(kept(clinic)[0].file)))
    assert shown.format == "JPEG"
    assert not shown.getexif()
    assert "exif" not in shown.info
    with acting_for(clinic.pk), connection.cursor() as cursor:
        cursor.execute("SELECT file FROM messaging_picture")
        assert kept(clinic)[0].file[:40] not in cursor.fetchone()[0]


def test_it_is_opened_by_a_step_on_record_and_by_no_link(clinic: Client, reply: Inbound) -> None:
    fetching.fetch(clinic.pk)
    one = kept(clinic)[0]
    browser = people.sign_in(Browser(), people.alice())
    url = f"/c/{clinic.slug}/inbox/{reply.pk}/pictures/{one.pk}/"
    assert url in browser.get(f"/c/{clinic.slug}/inbox/{reply.pk}/").content.decode()
    assert browser.get(url).status_code == 405
    shown = browser.post(url)
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
    assert shown["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "no-store" in shown["Cache-Control"]
    assert shown.content == base64.b64decode(one.file)
    with acting_for(clinic.pk):
        assert AuditEvent.objects.get(verb="picture.opened").detail["reply"] == reply.pk
    viewer = people.sign_in(Browser(), people.member("Vera", Role.VIEWER, client=clinic))
    assert viewer.post(url).status_code == 403
    stranger = people.sign_in(Browser(), people.charlie())
    assert stranger.post(url).status_code == 404


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "JPEG"])
def test_a_picture_is_known_by_its_content(kind: str) -> None:
    drawn = drawn_anew(as_file(kind))
    assert Image.open(io.BytesIO(drawn.jpeg)).size == (drawn.width, drawn.height) == (40, 20)


def test_a_large_one_is_made_smaller_and_a_turned_one_upright() -> None:
    written = Image.Exif()
    written[0x0112] = 6  # lay on its side
    drawn = drawn_anew(as_file("JPEG", (4000, 1000), exif=written))
    assert (drawn.width, drawn.height) == (LONGEST // 4, LONGEST)


def test_a_transparent_one_stands_on_white() -> None:
    drawn = Image.open(io.BytesIO(drawn_anew(as_file("PNG", mode="RGBA")).jpeg))
    assert min(drawn.getpixel((5, 5))) > 250  # type: ignore[arg-type]


WRONG = {
    "words": (b"BEGIN:VCARD", "not_a_picture"),
    "nothing": (b"", "not_a_picture"),
    "a page": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not_a_picture"),
    "half a picture": (as_file("JPEG", (400, 400))[:200], "not_a_picture"),
    "another kind": (as_file("TIFF"), "not_a_picture"),
    "millions of pixels in a few bytes": (as_file("PNG", (8_000, 8_000), mode="1"), "too_large"),
    "too many bytes": (b"\xff" * (6 * 1024 * 1024 + 1), "too_large"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_picture_is_not_taken_in(wrong: str) -> None:
    given, why = WRONG[wrong]
    with pytest.raises(Refused, match=why):
        drawn_anew(given)


def test_what_was_not_taken_in_stays_there_and_the_page_says_so(
    clinic: Client, reply: Inbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    gives(monkeypatch, clinic, b"BEGIN:VCARD")
    assert fetching.fetch(clinic.pk) == 1
    assert {each.refused for each in kept(clinic)} == {"not_a_picture"}
    assert left_there(clinic, reply) == 2
    browser = people.sign_in(Browser(), people.alice())
    assert "still with the provider" in browser.get(f"/c/{clinic.slug}/inbox/{reply.pk}/").content.decode()
    assert (
        browser.post(f"/c/{clinic.slug}/inbox/{reply.pk}/pictures/{kept(clinic)[0].pk}/").status_code == 404
    )


def test_a_provider_that_is_away_is_asked_again_after_a_pause(
    clinic: Client, reply: Inbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: str) -> bytes:
        raise NotConnected("connect")

    with monkeypatch.context() as broken:
        gives(broken, clinic, away)
        assert fetching.fetch(clinic.pk) == 0
    assert fetching.fetch(clinic.pk) == 0, "not before the pause is over"
    with acting_for(clinic.pk):
        Inbound.objects.update(pictures_next_at=F("pictures_next_at") - timedelta(minutes=1))
    assert fetching.fetch(clinic.pk) == 1
    assert left_there(clinic, reply) == 0


def test_one_that_is_listed_later_than_its_reply_is_waited_for(
    clinic: Client, reply: Inbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as lags:
        lags.setattr(provider_for(account(clinic)), "pictures", lambda _: [])
        assert fetching.fetch(clinic.pk) == 0
    with acting_for(clinic.pk):
        Inbound.objects.update(pictures_next_at=db_now())
    assert fetching.fetch(clinic.pk) == 1
    assert len(kept(clinic)) == 2


def test_one_that_is_kept_already_is_only_deleted_there(
    clinic: Client, reply: Inbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker died between keeping and deleting."""

    def away(*_: str) -> None:
        raise NotConnected("connect")

    with monkeypatch.context() as broken:
        broken.setattr(provider_for(account(clinic)), "forget_picture", away)
        fetching.fetch(clinic.pk)
    assert len(kept(clinic)) == 1
    with acting_for(clinic.pk):
        Inbound.objects.update(pictures_next_at=db_now())
    fetching.fetch(clinic.pk)
    assert (len(kept(clinic)), left_there(clinic, reply)) == (2, 0)


def test_what_is_held_for_a_suit_is_not_deleted_there(clinic: Client, reply: Inbound) -> None:
    with acting_for(clinic.pk):
        LegalHold.objects.create(client=clinic, reason="A suit", by=people.user("Olive"))
    fetching.fetch(clinic.pk)
    assert (len(kept(clinic)), left_there(clinic, reply)) == (2, 2)


def test_erasing_the_person_and_the_end_of_its_time_empty_it(clinic: Client, reply: Inbound) -> None:
    fetching.fetch(clinic.pk)
    with acting_for(clinic.pk):
        Inbound.objects.update(received_at=db_now() - timedelta(days=2191))
        purge(clinic.pk)
    assert {each.file for each in kept(clinic)} == {""}
    with acting_for(clinic.pk):
        Picture.objects.update(file="AAAA", emptied_at=None)
        erase(reply.contact_id or 0, by=None)
    assert {each.file for each in kept(clinic)} == {""}


def test_the_rivals_pictures_are_the_rivals(clinic: Client, reply: Inbound) -> None:
    assert fetching.fetch(people.rival_clinic().pk) == 0
    assert left_there(clinic, reply) == 2
