"""Each deed about an approval is on record with who, from where, and before and after by reference."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from django.urls import reverse

from campaigns.models import Step
from tenants import audit
from tenants.models import AuditEvent
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import Asked, asked, enrol, opened, signature
from tests.campaigns.test_several_signatures import ALL, Practice

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Asked:
    return asked()


def recorded(case: Asked, *verbs: str) -> dict[str, tuple[str | None, str | None]]:
    """Of these verbs the name of who did it and from where."""
    with acting_for(case.client.pk):
        rows = AuditEvent.objects.filter(verb__in=verbs).values_list("verb", "actor__name", "ip")
        return {verb: (who, where) for verb, who, where in rows}


def test_a_review_is_on_record_with_its_reader_and_from_where(case: Asked, client: Browser) -> None:
    secret, token = enrol(case.bob), case.token()
    opened(client, token)
    client.post(f"/a/{token}/comment/", {"words": "Fine"})
    client.post(f"/a/{token}/sign/", signature(secret))
    client.post(f"/a/{token}/withdraw/")
    verbs = ("approval.opened", "approval.commented", "approval.signed", "approval.withdrawn")
    assert recorded(case, *verbs) == dict.fromkeys(verbs, ("Bob", "127.0.0.1"))


def test_so_is_a_wish_for_a_change_and_one_of_several_signatures(client: Browser) -> None:
    practice = Practice()
    practice.ask(ALL, practice.bob, practice.ben)
    secret, token = enrol(practice.ben), practice.token(practice.ben)
    reader = opened(client, token)
    reader.post(f"/a/{token}/sign/", signature(secret, typed_name="Ben Clinic"))
    reader.post(f"/a/{token}/change/", {"comment": "Softer"})
    verbs = ("approval.cosigned", "approval.objected")
    assert recorded(practice, *verbs) == dict.fromkeys(verbs, ("Ben", "127.0.0.1"))


def test_an_edit_names_the_fingerprints_before_and_after(case: Asked, client: Browser) -> None:
    with acting_for(case.client.pk):
        before = case.campaign.fingerprint
        step = Step.objects.get(campaign=case.campaign, position=1)
    where = reverse("step_move", args=[case.client.slug, case.campaign.pk, step.pk])
    people.sign_in(client, case.alice).post(where, {"to": "later"})
    with acting_for(case.client.pk):
        case.campaign.refresh_from_db()
        noted = AuditEvent.objects.get(verb="campaign.edited")
    assert (noted.detail["before"], noted.detail["after"]) == (before, case.campaign.fingerprint)
    assert (noted.actor, noted.ip) == (case.alice, "127.0.0.1")


def test_what_is_recorded_outside_a_request_came_from_nowhere(case: Asked, client: Browser) -> None:
    client.get("/")
    with acting_for(case.client.pk):
        audit.record("test.deed", client_id=case.client.pk)
    assert recorded(case, "test.deed") == {"test.deed": (None, None)}
