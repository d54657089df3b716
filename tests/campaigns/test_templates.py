"""The library: ours are shown and begun from, an agency keeps its own, and a rival sees none of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from campaigns import own_templates
from campaigns.fingerprint import signed_content
from campaigns.models import Campaign, OwnTemplate
from campaigns.starter_words import STARTERS
from campaigns.starters import begin
from compliance.content.purposes import lowered
from compliance.content.review import review_for
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import Asked, asked
from tests.laid import laid_once, own_copy

pytestmark = pytest.mark.django_db
BY_FIELD = [key for key, each in STARTERS.items() if each.field != "Any practice"]


laid = laid_once(asked)


@pytest.fixture
def case(laid: Asked, db: None) -> Asked:
    return own_copy(laid)


@pytest.fixture
def alice(case: Asked) -> Any:
    return people.sign_in(Browser(), case.alice)


def kept(case: Asked, alice: Any, name: str = "Autumn") -> OwnTemplate:
    alice.post(f"/c/{case.client.slug}/campaigns/{case.campaign.pk}/template/", {"name": name})
    with acting_for(case.client.pk):
        found: OwnTemplate = OwnTemplate.objects.get(name=name)
        return found


def test_there_are_templates_for_each_kind_of_practice() -> None:
    assert len(BY_FIELD) >= 6
    fields = {STARTERS[key].field for key in BY_FIELD if not STARTERS[key].greets}
    assert fields == {"Dental", "Optical", "Med spa", "Physiotherapy"}


def test_each_template_passes_the_whole_review_of_a_covered_practice_without_a_finding() -> None:
    of = people.clinic(covered=Client.Covered.COVERED, website="https://brightsmiles.example")
    with acting_for(of.pk):
        people.sms_sender(of)
        people.mail_sender(of)
        people.ready(of)
        for key, starter in STARTERS.items():
            if starter.steps:
                made = Campaign.objects.create(client=of, name=key, purpose=starter.purpose)
                assert begin(made, starter) == []
                content = signed_content(made)
                assert review_for(of, content) == lowered(content), key  # nothing but why it is no marketing


@pytest.mark.parametrize("key", BY_FIELD)
def test_a_template_is_shown_as_a_person_would_get_it(case: Asked, alice: Any, key: str) -> None:
    page = alice.get(f"/c/{case.client.slug}/campaigns/templates/{key}/").content.decode()
    assert "Maria" in page
    assert "Bright Smiles" in page
    assert "{{" not in page
    assert page.count("message-card") == len(STARTERS[key].steps)


def test_a_campaigns_words_are_kept_for_any_client_and_begun_from(case: Asked, alice: Any) -> None:
    with acting_for(case.client.pk):
        case.campaign.steps.filter(position=2).update(
            body="bright smiles is open. Call +1 (574) 231-0600 or 574.231.0600, {{ first_name }}."
        )
    own = kept(case, alice)
    assert own.steps[1]["body"] == (
        "{{ practice_name }} is open. Call {{ practice_phone }} or {{ practice_phone }}, {{ first_name }}."
    )
    other = people.client_of(people.agency(), "Other Practice", phone="+15742310900")
    with acting_for(other.pk):
        people.sms_sender(other)
        people.mail_sender(other)
    assert "Autumn" in alice.get(f"/c/{other.slug}/campaigns/templates/").content.decode()
    given = {"name": "Begun", "starter": f"own-{own.pk}", "hold_out": "0"}
    assert alice.post(f"/c/{other.slug}/campaigns/new/", given).status_code == 302
    with acting_for(other.pk):
        made = Campaign.objects.get(name="Begun")
        assert made.purpose == case.campaign.purpose
        assert [each.body for each in made.steps.order_by("position")] == [each["body"] for each in own.steps]


def test_a_template_is_renamed_and_deleted_and_campaigns_keep_their_words(case: Asked, alice: Any) -> None:
    own, _ = kept(case, alice), kept(case, alice, "Winter")
    at = f"/c/{case.client.slug}/campaigns/templates/{own.pk}/"
    assert "of this name already" in alice.post(at, {"name": "winter"}).content.decode()
    assert alice.post(at, {"name": "Spring"}).status_code == 302
    alice.post(at + "delete/")
    with acting_for(case.client.pk):
        assert [each.name for each in OwnTemplate.objects.all()] == ["Winter"]
        assert case.campaign.steps.count() == 2


def test_an_agency_keeps_so_many_and_no_more(
    case: Asked, alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_templates, "MOST", 1)
    kept(case, alice)
    answer = alice.post(f"/c/{case.client.slug}/campaigns/{case.campaign.pk}/template/", {"name": "More"})
    assert "Delete one first" in answer.content.decode()


def test_a_rival_and_the_practice_itself_meet_no_template(case: Asked, alice: Any) -> None:
    own, rival = kept(case, alice), people.rival_clinic()
    charlie = people.sign_in(Browser(), people.charlie())
    assert charlie.get(f"/c/{rival.slug}/campaigns/templates/{own.pk}/").status_code == 404
    assert "Autumn" not in charlie.get(f"/c/{rival.slug}/campaigns/templates/").content.decode()
    assert charlie.get(f"/c/{case.client.slug}/campaigns/templates/").status_code == 404
    given = {"name": "Stolen", "starter": f"own-{own.pk}"}
    assert charlie.post(f"/c/{rival.slug}/campaigns/new/", given).status_code == 422
    bob = people.sign_in(Browser(), case.bob)
    assert bob.get(f"/c/{case.client.slug}/campaigns/templates/").status_code == 403
