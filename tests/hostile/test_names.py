"""Template code and markup in the names of people and practices: shown and sent as text, at every door, evaluated nowhere."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from campaigns.models import Step
from consent.models import Contact
from messaging.claiming import claim
from messaging.locks import Locks
from messaging.preparing import prepare
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import Asked, asked, opened
from tests.hostile import strings
from tests.messaging.world import launched

pytestmark = pytest.mark.django_db
NAMES = [*strings.TEMPLATES, *strings.MARKUP]
PRACTICE = f"{strings.TEMPLATES[0]} {strings.MARKUP[0]} {strings.MARKUP[1]}"


def rename(of: Client) -> None:
    """The practice bears such a name everywhere it has one."""
    Client.objects.filter(pk=of.pk).update(name=PRACTICE, legal_name=PRACTICE, website=strings.MARKUP[2])
    of.refresh_from_db()


def sent(of: Client, provider: str, step: dict[str, Any]) -> list[Any]:
    """What the provider is handed for people of all these names."""
    with acting_for(of.pk):
        for number, name in enumerate(NAMES):
            them = people.contact(
                of, first_name=name, phone=people.a_phone(), email=f"jane{number}@example.org"
            )
            people.consent(them)
    launched(of, step, texts=0)
    with Locks() as locks:
        return list(claim(of.pk, prepare(of.pk, provider, 64), locks).outgoing)


def test_a_text_is_handed_over_with_every_name_as_it_is() -> None:
    made = sent(people.clinic(), "twilio", {"channel": "sms", "body": "Hi {{ first_name }}!"})
    assert sorted(each.text for each in made) == sorted(
        f"Bright Smiles: Hi {name}!\nReply STOP to opt out" for name in NAMES
    )


def test_a_mail_is_handed_over_with_every_name_as_text() -> None:
    step = {"channel": "email", "subject": "{{ first_name }}", "body": "Hi {{ first_name }}!"}
    made = sent(people.clinic(), "sendgrid", step)
    assert sorted(each.subject for each in made) == sorted(NAMES)
    for each in made:
        assert f"Hi {each.subject}!" in each.text
        assert f"Hi {escape(each.subject)}!" in each.html
        assert strings.ran(each.html) == []


@pytest.mark.parametrize("channel, provider", [("sms", "twilio"), ("email", "sendgrid")])
def test_a_practice_s_name_is_handed_over_as_text(channel: str, provider: str) -> None:
    of = people.clinic()
    rename(of)
    body = "Come by. {{ practice_name }}"
    made = sent(
        of, provider, {"channel": channel, "body": body, "subject": "Your visit" * (channel == "email")}
    )
    assert len(made) == len(NAMES)
    for each in made:
        assert PRACTICE in each.text
        assert strings.ran(each.html) == []
        assert strings.EVALUATED not in each.text
        assert "SECRET_KEY" not in each.text + each.html


@pytest.fixture
def case() -> Asked:
    made = asked()
    rename(made.client)
    with acting_for(made.client.pk):
        Contact.objects.all().delete()
        people.contact(
            made.client, first_name=NAMES[0] + NAMES[8], phone=people.a_phone(), email="a@example.org"
        )
    return made


def test_previews_and_the_review_show_them_as_text(case: Asked) -> None:
    alice = people.sign_in(Browser(), case.alice)
    ids = {"client": case.client.slug, "campaign": case.campaign.pk}
    with acting_for(case.client.pk):
        steps = list(Step.objects.order_by("position"))
    pages = {}
    for step in steps:
        there = reverse("preview", kwargs=ids | {"step": step.pk})
        words = {"body": "{{ first_name }} of {{ practice_name }}", "subject": "{{ first_name }}"}
        pages[f"preview {step.channel}"] = alice.post(there, words).content.decode()
    (frame,) = re.findall(r'<iframe src="([^"]+)" sandbox', pages["preview email"])
    pages["mail"] = alice.get(frame).content.decode()
    pages["editor"] = alice.get(reverse("campaign", kwargs=ids)).content.decode()
    token = case.token()
    bob = opened(Browser(), token)
    pages["review"] = bob.get(reverse("review", args=[token])).content.decode()
    pages["reviewed mail"] = bob.get(reverse("review_mail", args=[token, 2])).content.decode()
    assert {name: strings.ran(page) for name, page in pages.items() if strings.ran(page)} == {}
    for name in ("preview sms", "mail"):
        assert NAMES[0] in unescape(pages[name]), name
        assert "<script>alert" in unescape(pages[name]), name


def test_pages_about_people_show_them_as_text() -> None:
    of = people.clinic()
    with acting_for(of.pk):
        made = [
            people.contact(of, first_name=name, last_name="Doe", phone=people.a_phone()) for name in NAMES
        ]
    rename(of)
    alice = people.in_clear(people.sign_in(Browser(), people.alice()), of)
    listed = alice.get(reverse("contacts", args=[of.slug])).content.decode()
    assert strings.ran(listed) == []
    for them in made[:4] + made[8:12]:
        page = alice.get(reverse("contact", args=[of.slug, them.pk])).content.decode()
        assert strings.ran(page) == [], them.first_name
        assert escape(them.first_name) in page
        assert escape(them.first_name) in listed
    for page in ("client", "settings", "readiness", "records"):
        assert strings.ran(alice.get(reverse(page, args=[of.slug])).content.decode()) == [], page
    assert strings.ran(alice.get("/").content.decode()) == []
