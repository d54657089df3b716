"""Each judgement names the policy it was made by, and is explained as that was worded, whatever became of the checks since."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client as Browser

from compliance import policy
from compliance.checks import BY_CODE, CHECKS
from compliance.models import Policy
from messaging import explaining
from messaging.evidence import rows
from messaging.models import Message
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import address, claimed
from tests.messaging.world import launched

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    """With two messages judged by the policy as it is written now."""
    of = people.clinic()
    launched(of, texts=2)
    claimed(of)
    return of


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another release: one check is worded anew, another is gone."""

    def consented(_: Any) -> Any:
        """Nobody ever said yes, in other words."""

    anew = dataclasses.replace(BY_CODE["no_consent"], rows=consented)
    checks = tuple(anew if each.code == "no_consent" else each for each in CHECKS if each.code != "minor")
    for module in ("compliance.policy", "messaging.explaining"):
        monkeypatch.setattr(f"{module}.BY_CODE", {each.code: each for each in checks})
    monkeypatch.setattr("compliance.policy.CHECKS", checks)
    policy._now.cache_clear()
    yield
    policy._now.cache_clear()


def test_what_is_judged_names_its_policy_which_is_kept_once(clinic: Client) -> None:
    with acting_for(clinic.pk):
        named = {tuple(each.evidence[policy.KEY]) for each in Message.objects.all()}
    kept = Policy.objects.get()
    assert named == {(kept.pk,)}
    assert {rule["code"] for rule in kept.rules} == {check.code for check in CHECKS}


def test_a_check_that_was_reworded_or_taken_out_is_explained_as_it_stood(clinic: Client, later: None) -> None:
    with acting_for(clinic.pk):
        verdicts = {each.check.code: each for each in explaining.stored(Message.objects.first())}
    assert verdicts["no_consent"].check.says == BY_CODE["no_consent"].says
    assert verdicts["no_consent"].rows, "and the rows that decided it"
    assert verdicts["minor"].check.says == BY_CODE["minor"].says
    assert verdicts["minor"].check.cites == BY_CODE["minor"].cites


def test_a_pack_ships_the_policies_that_were_used_and_the_one_of_today(clinic: Client, later: None) -> None:
    with acting_for(clinic.pk):
        told = rows.rules(Message.objects.all())
    said = {each["refuses_because"] for each in told if each["code"] == "no_consent"}
    assert said == {BY_CODE["no_consent"].says, "Nobody ever said yes, in other words."}
    assert {each["in_force_now"] for each in told if each["code"] == "minor"} == {False}


def test_the_page_names_the_policy_and_a_stranger_sees_nothing(clinic: Client, client: Browser) -> None:
    with acting_for(clinic.pk):
        ident = Message.objects.values_list("pk", flat=True)[0]
    page = address("why_message", clinic, message=ident)
    told = people.sign_in(client, people.alice()).get(page).content.decode()
    assert Policy.objects.get().pk in told
    assert "which is today’s" in told
    assert people.sign_in(Browser(), people.charlie()).get(page).status_code == 404


def test_a_policy_that_was_kept_is_never_changed(clinic: Client) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Policy.objects.update(rules=[])
    with pytest.raises(DatabaseError), transaction.atomic():
        Policy.objects.all().delete()
