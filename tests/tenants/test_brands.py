"""A practice's logo and colour: readable or refused, drawn anew, and served to its own people's pages alone."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse
from PIL import Image

from consent.preference_links import new_link, store_links
from tenants import brands
from tenants.models import AuditEvent, Brand, Client, Role
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import asked, opened

NAVY = "#1a3f7a"


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


def picture(kind: str = "PNG", size: tuple[int, int] = (900, 300), **more: Any) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind, **more)
    return SimpleUploadedFile("logo.svg", out.getvalue(), content_type="text/html")


def save(who: Any, of: Client, **given: Any) -> Any:
    return people.sign_in(Browser(), who).post(reverse("brand", args=[of.slug]), given)


def chosen(of: Client) -> Brand:
    with acting_for(of.pk):
        found: Brand = Brand.objects.get(ended_at=None)
    return found


@pytest.mark.parametrize(
    "colour, ratio", [("#000000", 19.6), ("#767676", 4.2), ("#ffffff", 0.9), (NAVY, 9.6), ("#ff0000", 3.7)]
)
def test_contrast_is_that_of_the_guidelines_on_the_darkest_ground_it_stands_on(
    colour: str, ratio: float
) -> None:
    assert abs(brands.contrast(colour) - ratio) < 0.1


@pytest.mark.parametrize("colour", ["#ffffff", "#ff0000", "#ffd400", "#00ffff", "#767676", NAVY])
def test_the_darker_one_that_is_offered_can_be_read(colour: str) -> None:
    assert brands.contrast(brands.darker(colour)) >= brands.READABLE


@pytest.mark.django_db
def test_a_colour_that_cannot_be_read_is_refused_with_one_that_can(clinic: Client) -> None:
    alice = people.alice()
    answer = save(alice, clinic, colour="#ffd400")
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "hard to read: their contrast is 1.3 to 1, and 4.5 is needed" in text
    offered = re.search(r"Take a darker one: (#[0-9a-f]{6})", text)
    assert offered is not None
    assert save(alice, clinic, colour=offered[1]).status_code == 302
    assert save(alice, clinic, colour="red; } body { display: none").status_code == 422
    assert chosen(clinic).colour == offered[1]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_logo_is_drawn_anew_small_and_without_what_stood_beside_the_pixels(
    clinic: Client, kind: str
) -> None:
    more: dict[str, Any] = {"exif": b"Exif\0\0secret"} if kind == "JPEG" else {}
    assert save(people.alice(), clinic, logo=picture(kind, **more)).status_code == 302
    with acting_for(clinic.pk):
        shown = brands.shown(clinic)
    answer = Browser().get(shown.logo)
    drawn = Image.open(io.BytesIO(answer.content))
    assert (drawn.format, drawn.size, answer["Content-Type"]) == ("PNG", (360, 120), "image/png")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert (shown.width, shown.height) == (180, 60)
    assert b"secret" not in answer.content


@pytest.mark.django_db
def test_what_is_no_picture_or_too_large_is_refused_and_nothing_is_changed(clinic: Client) -> None:
    alice = people.alice()
    svg = SimpleUploadedFile("logo.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>")
    large = SimpleUploadedFile("logo.png", b"\x89PNG\r\n\x1a\n" + bytes(brands.MOST_BYTES))
    assert "no picture that can be read" in save(alice, clinic, logo=svg).content.decode()
    assert "larger than 2 MB" in save(alice, clinic, logo=large).content.decode()
    with acting_for(clinic.pk):
        assert not Brand.objects.exists()


@pytest.mark.django_db
def test_a_change_has_a_new_address_stands_in_the_record_and_keeps_the_logo(clinic: Client) -> None:
    alice = people.alice()
    save(alice, clinic, logo=picture(), colour=NAVY)
    with acting_for(clinic.pk):
        first = brands.shown(clinic)
    save(alice, clinic, colour="#7a1a3f")
    with acting_for(clinic.pk):
        second = brands.shown(clinic)
        assert AuditEvent.objects.filter(verb="brand.changed").count() == 2
    assert second.style != first.style
    assert second.logo
    assert NAVY in Browser().get(first.style).content.decode()  # what was kept by a browser stays true
    save(alice, clinic, without="on")
    with acting_for(clinic.pk):
        assert brands.shown(clinic).logo == brands.shown(clinic).style == ""


@pytest.mark.django_db
def test_the_review_and_the_preference_page_show_it_and_allow_no_style_of_their_own() -> None:
    case = asked()
    save(case.alice, case.client, colour=NAVY, logo=picture())
    with acting_for(case.client.pk):
        shown = brands.shown(case.client)
        spot = people.point(people.contact(case.client), "email", "jo@example.org")
        link = new_link(case.client.pk, spot.address_id, None, None)
        store_links([link])
    browser = Browser()
    token = case.token()
    door = browser.get(reverse("review", args=[token]))
    inside = opened(browser, token).get(reverse("review", args=[token]))
    away = Browser().get(link.url)
    for page in (door, inside, away):
        text = page.content.decode()
        assert f'<link rel="stylesheet" href="{shown.style}">' in text
        assert f'src="{shown.logo}"' in text
        assert case.client.name in text
        assert " style=" not in text
        assert "'unsafe-inline'" not in page["Content-Security-Policy"]
    style = Browser().get(shown.style)
    assert style["Content-Type"].startswith("text/css")
    assert style.content.decode().count("{") == 1


@pytest.mark.django_db
def test_nobody_else_changes_it_and_no_key_is_guessed(clinic: Client) -> None:
    save(people.alice(), clinic, colour=NAVY, logo=picture())
    made = chosen(clinic)
    viewer = people.member("Val", Role.VIEWER, client=clinic)
    assert save(viewer, clinic, colour="#000000").status_code == 403
    assert save(people.charlie(), clinic, colour="#000000").status_code == 404
    rival = people.rival_clinic()
    for key in (
        "x", str(made.pk), signing.dumps([clinic.pk, made.pk], salt="other"),
        signing.dumps([rival.pk, made.pk], salt=brands.SALT), signing.dumps("x", salt=brands.SALT),
    ):  # fmt: skip
        for name in ("brand_style", "brand_logo"):
            assert Browser().get(reverse(name, args=[key])).status_code == 404
