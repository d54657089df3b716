from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from campaigns import approval, editing, signing
from campaigns.approval import Signature
from campaigns.asking import CannotSign
from campaigns.models import Approval, ApprovalRequest, Cosignature, Objection, SigningRule, Step
from tenants.models import Role, User
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import Asked, ask_again, asked

pytestmark = pytest.mark.django_db(transaction=True)
BOBS = Signature("Robert Clinic", "Practice manager", "totp", None, "")


def at_once(case: Asked, *deeds: Callable[[], object]) -> list[str]:
    """Run each deed in its own thread, all let go together; what each was told ("" = it won)."""
    gate, told = threading.Barrier(len(deeds)), [""] * len(deeds)

    def run(n: int, deed: Callable[[], object]) -> None:
        try:
            gate.wait(10)
            with acting_for(case.client.pk):
                deed()
        except CannotSign as refused:
            told[n] = str(refused)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, deed)) for n, deed in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return told


def test_of_two_signatures_and_an_objection_at_once_exactly_one_wins() -> None:
    case = asked()
    ben = people.member("Ben", Role.APPROVER, client=case.client)
    told = at_once(
        case,
        lambda: approval.sign(case.request.pk, case.bob, BOBS),
        lambda: approval.sign(case.request.pk, ben, BOBS),
        lambda: approval.object_to(case.request.pk, ben, "No"),
    )
    assert told.count("") == 1
    assert all("already" in each for each in told if each)
    with acting_for(case.client.pk):
        assert Approval.objects.count() + Objection.objects.count() == 1


def both_must_sign(case: Asked) -> User:
    """Bob and Ben, in any order."""
    ben = people.member("Ben", Role.APPROVER, client=case.client)
    with acting_for(case.client.pk):
        signing.set_rule(case.client, "all", [case.bob.pk, ben.pk], case.bob, 0)
        case.request = ask_again(case.campaign, case.alice)
    return ben


def test_the_two_who_must_sign_at_once_make_one_approval() -> None:
    case = asked()
    ben = both_must_sign(case)
    told = at_once(
        case,
        lambda: approval.sign(case.request.pk, case.bob, BOBS),
        lambda: approval.sign(case.request.pk, ben, BOBS),
    )
    assert told == ["", ""]
    with acting_for(case.client.pk):
        assert (Cosignature.objects.count(), Approval.objects.count()) == (1, 1)


def test_the_last_signature_and_an_objection_at_once_exactly_one_wins_and_the_other_sees_why() -> None:
    case = asked()
    ben = both_must_sign(case)
    with acting_for(case.client.pk):
        approval.sign(case.request.pk, case.bob, BOBS)
    told = at_once(
        case,
        lambda: approval.sign(case.request.pk, ben, BOBS),
        lambda: approval.object_to(case.request.pk, case.bob, "No"),
    )
    assert told.count("") == 1
    assert all("already" in each for each in told if each)
    with acting_for(case.client.pk):
        assert Approval.objects.count() + Objection.objects.count() == 1


def test_a_change_of_who_must_sign_that_races_a_signature_leaves_one_or_the_other() -> None:
    case = asked()
    told = at_once(
        case,
        lambda: approval.sign(case.request.pk, case.bob, BOBS),
        lambda: signing.set_rule(case.client, "all", [case.bob.pk], case.bob, 0),
    )
    with acting_for(case.client.pk):
        assert SigningRule.objects.count() == 1
        assert Approval.objects.exists() == (not told[0])


def test_an_edit_that_races_a_signature_never_leaves_a_signature_on_other_words() -> None:
    case = asked()

    def edit() -> None:
        with editing.change(case.campaign, None, case.alice):
            Step.objects.filter(campaign=case.campaign, position=1).update(body="Other words")

    told = at_once(case, lambda: approval.sign(case.request.pk, case.bob, BOBS), edit)
    with acting_for(case.client.pk):
        signed = Approval.objects.first()
        now = type(case.campaign).objects.get(pk=case.campaign.pk).fingerprint
        request = ApprovalRequest.objects.get()
        assert request.outcome == ("approved" if signed else "replaced")
        assert signed is None or signed.fingerprint != now
    assert bool(told[0]) == (signed is None)
