"""Notes on a campaign, and who at the agency looks after it: neither touches what is signed."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser

from campaigns import notes
from campaigns.models import Campaign, CampaignNote
from messaging.ending import deleting
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import Asked, asked
from tests.laid import laid_once, own_copy

pytestmark = pytest.mark.django_db


laid = laid_once(asked)


@pytest.fixture
def case(laid: Asked, db: None) -> Asked:
    return own_copy(laid)


@pytest.fixture
def alice(case: Asked) -> Any:
    return people.sign_in(Browser(), case.alice)


def at(case: Asked, rest: str = "") -> str:
    return f"/c/{case.client.slug}/campaigns/{case.campaign.pk}/{rest}"


def now(case: Asked) -> Campaign:
    with acting_for(case.client.pk):
        found: Campaign = Campaign.objects.get(pk=case.campaign.pk)
        return found


def kept(case: Asked) -> list[CampaignNote]:
    with acting_for(case.client.pk):
        return list(notes.of(case.campaign))


def test_a_note_is_read_on_the_page_kept_encrypted_and_taken_away_by_its_writer(
    case: Asked, alice: Any
) -> None:
    before = now(case)
    alice.post(at(case, "notes/"), {"words": "Call <b>Bob</b> first."})
    (note,) = kept(case)
    bob = people.sign_in(Browser(), case.bob)
    for reader in (alice, bob):
        assert "Call &lt;b&gt;Bob&lt;/b&gt; first." in reader.get(at(case)).content.decode()
    with acting_for(case.client.pk), connection.cursor() as cursor:
        cursor.execute("SELECT words FROM campaigns_campaignnote")
        assert "Bob" not in cursor.fetchone()[0]
    olive = people.sign_in(Browser(), people.olive())
    there = at(case, f"notes/{note.pk}/delete/")
    assert "Only whoever wrote" in olive.post(there, follow=True).content.decode()
    alice.post(there)
    assert kept(case) == []
    assert (now(case).fingerprint, now(case).changed_at) == (before.fingerprint, before.changed_at)


@pytest.mark.parametrize("words, says", [("  ", "Write the note first"), ("x" * 2001, "at most 2,000")])
def test_a_note_that_cannot_be_kept_says_why(case: Asked, alice: Any, words: str, says: str) -> None:
    assert says in alice.post(at(case, "notes/"), {"words": words}, follow=True).content.decode()
    assert kept(case) == []


def test_the_list_is_narrowed_to_who_looks_after_it(case: Asked, alice: Any) -> None:
    olive = people.olive()
    with acting_for(case.client.pk):
        people.campaign(case.client, name="Of nobody")
    alice.post(at(case, "assign/"), {"to": str(olive.pk)})
    assert now(case).assignee == olive
    with acting_for(case.client.pk):
        case.request.refresh_from_db()
    assert case.request.closed_at is None
    there = f"/c/{case.client.slug}/campaigns/"
    for who, names in (
        (str(olive.pk), {"Spring recall"}),
        ("nobody", {"Of nobody"}),
        (str(case.alice.pk), set()),
    ):
        shown = alice.get(there, {"who": who}).context["page"].rows
        assert {each.name for each in shown} == names
    assert len(alice.get(there, {"who": "x"}).context["page"].rows) == 2
    alice.post(at(case, "assign/"), {"to": ""})
    assert now(case).assignee is None


def test_nobody_outside_the_agency_looks_after_it(case: Asked, alice: Any) -> None:
    for who in (case.bob, people.charlie()):
        answer = alice.post(at(case, "assign/"), {"to": str(who.pk)}, follow=True)
        assert "Nothing was changed" in answer.content.decode()
    assert now(case).assignee is None


def test_notes_go_when_the_engagement_ends(case: Asked, alice: Any) -> None:
    alice.post(at(case, "notes/"), {"words": "Call Bob first."})
    with acting_for(case.client.pk):
        deleting.delete(case.client, case.alice)
    assert kept(case) == []


def test_a_stranger_and_the_practice_note_nothing(case: Asked) -> None:
    for who, status in ((people.charlie(), 404), (case.bob, 403)):
        browser = people.sign_in(Browser(), who)
        assert browser.post(at(case, "notes/"), {"words": "x"}).status_code == status
        assert browser.post(at(case, "assign/"), {"to": ""}).status_code == status
    assert kept(case) == []
