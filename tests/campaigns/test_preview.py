from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as Browser

from campaigns.models import Campaign, Step
from consent.models import Contact
from tenants.models import AuditEvent
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import Asked, asked

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Asked:
    made = asked()
    with acting_for(made.client.pk):
        people.contact(
            made.client,
            first_name="Bartholomew",
            last_name="Featherstonehaugh",
            phone=people.a_phone(),
            email="b@example.org",
        )
        people.contact(made.client, first_name="", last_name="", phone=people.a_phone())
    return made


def path(case: Asked, position: int) -> str:
    with acting_for(case.client.pk):
        step = Step.objects.get(campaign=case.campaign, position=position)
    return f"/c/{case.client.slug}/campaigns/{case.campaign.pk}/steps/{step.pk}/preview/"


def look(case: Asked, position: int, **typed: Any) -> str:
    answer = people.sign_in(Browser(), case.alice).post(path(case, position), typed)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_unsaved_words_are_shown_to_a_real_person(case: Asked) -> None:
    page = look(case, 1, body="Dear {{ first_name }}, hello")
    assert "Bright Smiles: Dear Jane, hello<br>Reply STOP to opt out" in page
    assert "1 segment" in page


def test_the_longest_name_and_missing_data_can_be_chosen(case: Asked) -> None:
    assert "Dear Bartholomew" in look(case, 1, body="Dear {{ first_name }}", person="longest")
    page = look(case, 1, body="Dear {{ first_name }}", person="missing")
    assert "will not get it" in page
    assert "first name" in page
    assert "Nobody is like that" in look(case, 1, body="No fields", person="missing")


def test_the_character_that_makes_a_text_dear_is_pointed_at(case: Asked) -> None:
    page = look(case, 1, body="Bright Smiles: we\u2019d love to see you")
    assert "UCS-2" in page
    assert "<mark>\u2019</mark> at character 18" in page


def test_bad_words_say_what_is_wrong(case: Asked) -> None:
    assert "no merge field called" in look(case, 1, body="Hi {{ secret }}")


def test_a_mail_is_framed_by_an_address_that_runs_nothing(case: Asked) -> None:
    browser = people.sign_in(Browser(), case.alice)
    page = browser.post(
        path(case, 2), {"subject": "Hi {{ first_name }}", "body": "**Bold** <script>x</script>"}
    ).content.decode()
    assert "Hi Jane" in page
    (src,) = re.findall(r'<iframe src="([^"]+)" sandbox', page)
    answer = browser.get(src)
    assert "<strong>Bold</strong> &lt;script&gt;" in answer.content.decode()
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "script-src" not in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert browser.get(src.rstrip("/") + "x/").status_code == 404
    assert people.sign_in(Browser(), people.charlie()).get(src).status_code == 404


@pytest.mark.filterwarnings("error::django.core.cache.CacheKeyWarning")
@pytest.mark.parametrize("key", ["a" * 22, "a" * 21, "a" * 4000, "%0a" * 22, "a b", "é" * 22])
def test_an_address_that_no_preview_made_is_no_page_and_is_not_looked_for(case: Asked, key: str) -> None:
    assert people.sign_in(Browser(), case.alice).get(f"{path(case, 2)}{key}/").status_code == 404


def test_names_are_escaped_in_the_preview(case: Asked) -> None:
    with acting_for(case.client.pk):
        people.contact(case.client, first_name="<b onclick=x>" * 3, phone=people.a_phone())
    page = look(case, 1, body="{{ first_name }}", person="longest")
    assert "<b onclick" not in page


def test_a_preview_keeps_nothing_of_what_was_typed(case: Asked) -> None:
    with acting_for(case.client.pk):
        before = Campaign.objects.get(pk=case.campaign.pk).fingerprint
    look(case, 1, body="Never saved")
    with acting_for(case.client.pk):
        assert Campaign.objects.get(pk=case.campaign.pk).fingerprint == before
        assert not Step.objects.filter(body="Never saved").exists()


def test_whom_a_preview_showed_by_name_is_on_record_once_however_much_is_typed(
    case: Asked, django_capture_on_commit_callbacks: Any
) -> None:
    cache.clear()
    for body in ("Hi {{ first_name }}", "Hi {{ first_name }}!"):
        with django_capture_on_commit_callbacks(execute=True):
            look(case, 1, body=body)
    with acting_for(case.client.pk):
        [jane] = [each.pk for each in Contact.objects.all() if each.first_name == "Jane"]
        event = AuditEvent.objects.get(verb="contact.previewed")
        assert (event.actor, event.what) == (case.alice, f"consent.Contact:{jane}")


def test_an_empty_audience_is_shown_a_made_up_person_and_says_so(case: Asked) -> None:
    with acting_for(case.client.pk):
        Campaign.objects.filter(pk=case.campaign.pk).update(segments=["Nobody"])
    assert "made up" in look(case, 1, body="Hi {{ first_name }}")
    with acting_for(case.client.pk):
        assert not AuditEvent.objects.filter(verb="contact.previewed").exists()


def test_a_preview_is_posted_only_and_a_stranger_finds_nothing(case: Asked) -> None:
    assert people.sign_in(Browser(), case.alice).get(path(case, 1)).status_code == 405
    assert people.sign_in(Browser(), people.charlie()).post(path(case, 1), {"body": "x"}).status_code == 404
