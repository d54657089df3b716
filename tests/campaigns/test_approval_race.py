from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from campaigns import approval, editing
from campaigns.approval import CannotSign, Signature
from campaigns.models import Approval, ApprovalRequest, Objection, Step
from tenants.models import Role
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import Asked, asked

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
