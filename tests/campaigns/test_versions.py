"""Any two versions side by side, in words."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from django.urls import reverse

from campaigns import editing
from campaigns.models import Step
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import Asked, ask_again, asked
from tests.laid import laid_once, own_copy

pytestmark = pytest.mark.django_db


laid = laid_once(asked)


@pytest.fixture
def case(laid: Asked, db: None) -> Asked:
    return own_copy(laid)


def page(case: Asked, query: str = "") -> str:
    browser: Browser = people.sign_in(Browser(), case.bob)
    answer = browser.get(reverse("versions", args=[case.client.slug, case.campaign.pk]) + query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def changed_to(case: Asked, words: str) -> None:
    with acting_for(case.client.pk):
        with editing.change(case.campaign, None, case.alice):
            Step.objects.filter(campaign=case.campaign, position=1).update(body=words)
        ask_again(case.campaign, case.alice)


def test_one_version_alone_is_compared_with_nothing(case: Asked) -> None:
    assert "Only one version so far" in page(case)


def test_the_last_two_are_shown_unless_others_are_asked_for(case: Asked) -> None:
    changed_to(case, "Hi {{ first_name }}, come soon")
    changed_to(case, "Hi {{ first_name }}, come tomorrow")
    last = page(case)
    assert "<del>soon</del>" in last.replace("\n", "")
    assert "<ins>tomorrow</ins>" in last
    assert "<h2>Message 1, words</h2>" in last
    assert "Message 2" not in last
    whole = page(case, "?before=1&after=3")
    assert "<del>soon" not in whole
    assert "tomorrow</ins>" in whole
    assert "These two read alike" in page(case, "?before=2&after=2")
    assert "<ins>tomorrow</ins>" in page(case, "?before=nonsense&after=999")


def test_a_stranger_meets_nothing(case: Asked) -> None:
    browser: Browser = people.sign_in(Browser(), people.charlie())
    assert browser.get(reverse("versions", args=[case.client.slug, case.campaign.pk])).status_code == 404
