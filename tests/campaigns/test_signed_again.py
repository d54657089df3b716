"""A campaign laid before the client again while a former signature holds: what goes on is said, and taken back with one press."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from campaigns import approval, approval_documents
from campaigns.models import Approval, ApprovalRequest, Step
from tenants.clock import db_now
from tenants.models import AuditEvent
from tenants.paper import Paper
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import Asked, ask_again, asked, opened
from tests.campaigns.test_approval import sign
from tests.laid import laid_once, own_copy

pytestmark = pytest.mark.django_db
GOES_ON = "What Robert Clinic signed on "


laid = laid_once(asked)


@pytest.fixture
def case(laid: Asked, db: None) -> Asked:
    """Bob signed, and is asked again for the same."""
    made = own_copy(laid)
    sign(made, made.bob)
    with acting_for(made.client.pk):
        made.request = ask_again(made.campaign, made.alice)
    return made


def in_force(case: Asked) -> int:
    with acting_for(case.client.pk):
        return int(Approval.objects.in_force(db_now()).count())


def test_withdrawing_what_was_signed_anew_ends_the_former_signature_too(case: Asked) -> None:
    made = sign(case, case.bob)
    assert in_force(case) == 2
    with acting_for(case.client.pk):
        approval.withdraw(made.pk, case.bob, "Enough")
        assert set(Approval.objects.values_list("ended_because", flat=True)) == {"Enough"}
        assert AuditEvent.objects.filter(verb="approval.withdrawn").count() == 2
    assert in_force(case) == 0


def test_each_signature_in_force_has_a_button_of_its_own_name(case: Asked) -> None:
    sign(case, case.bob)
    bob = people.sign_in(Browser(), case.bob)
    page = bob.get(reverse("approval_status", args=[case.client.slug, case.campaign.pk])).content.decode()
    for control in (r"<summary>(Withdraw .*?)</summary>", r"<button[^>]*>(Withdraw.*?)</button>"):
        names = re.findall(control, page)
        assert len(names) == len(set(names)) == 2


def test_withdrawing_the_former_signature_ends_the_one_given_anew(case: Asked) -> None:
    with acting_for(case.client.pk):
        former = Approval.objects.get()
    sign(case, case.bob)
    with acting_for(case.client.pk):
        approval.withdraw(former.pk, case.bob, "")
    assert in_force(case) == 0


def test_what_ran_out_is_not_said_to_be_withdrawn(case: Asked) -> None:
    with acting_for(case.client.pk):
        former = Approval.objects.get()
        request = ApprovalRequest.objects.get(pk=former.request_id)
        request.pk = None
        request.save()
        former.pk, former.request, former.expires_at = None, request, former.since
        former.save()
    made = sign(case, case.bob)
    with acting_for(case.client.pk):
        approval.withdraw(made.pk, case.bob, "")
        assert Approval.objects.get(ended_at=None).pk == former.pk


def test_who_withdrew_a_signature_and_why_is_never_changed(case: Asked) -> None:
    with acting_for(case.client.pk):
        made = Approval.objects.get()
        rows = Approval.objects.filter(pk=made.pk)
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            rows.update(ended_because="Not withdrawn at all")
        approval.withdraw(made.pk, case.bob, "Changed my mind")
        for change in (
            {"ended_by": case.alice},
            {"ended_because": "Y"},
            {"ended_at": db_now()},
            {"ended_at": None},
        ):
            with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
                rows.update(**change)


def test_the_review_says_that_the_former_signature_goes_on_and_takes_it_back(
    case: Asked, client: Browser
) -> None:
    token = case.token()
    assert "Nothing is sent unless" not in client.get(f"/a/{token}/").content.decode()
    opened(client, token)
    page = client.get(f"/a/{token}/").content.decode()
    assert GOES_ON in page
    assert "Nothing is sent unless" not in page
    client.post(f"/a/{token}/withdraw/", {"because": "Stop"})
    assert in_force(case) == 0
    page = client.get(f"/a/{token}/").content.decode()
    assert GOES_ON not in page
    assert "Nothing is sent unless you approve." in page


def test_whoever_objects_to_signing_again_reads_what_goes_on_and_can_stop_it(
    case: Asked, client: Browser, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    token = case.token()
    opened(client, token)
    assert GOES_ON in client.get(f"/a/{token}/change/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/a/{token}/change/", {"comment": "Softer, please"})
    page = client.get(f"/a/{token}/").content.decode()
    assert GOES_ON in page
    assert "Nothing is sent." not in page
    assert GOES_ON in mail.outbox[-1].body
    assert "Nothing is sent" not in mail.outbox[-1].body
    client.post(f"/a/{token}/withdraw/")
    assert in_force(case) == 0


def test_the_mail_that_asks_again_says_what_goes_on(
    case: Asked, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True), acting_for(case.client.pk):
        ask_again(case.campaign, case.alice)
    assert GOES_ON in mail.outbox[-1].body
    assert "After that nothing is sent unless you approve it." in mail.outbox[-1].body


def signed(case: Asked, words: str) -> Approval:
    """Bob signs the campaign with these words in its mail."""
    laid_before(case, words)
    return sign(case, case.bob)


def laid_before(case: Asked, words: str) -> None:
    with acting_for(case.client.pk):
        Step.objects.filter(campaign=case.campaign, position=2).update(body=words)
        case.request = ask_again(case.campaign, case.alice)


@pytest.mark.parametrize(
    "earlier",
    [["First."], ["Zeroth.", "First."]],
    ids=["whose number is the lowest", "with a lower one signed"],
)
def test_an_earlier_version_laid_again_is_compared_with_what_was_signed_last(
    case: Asked, client: Browser, earlier: list[str]
) -> None:
    for words in [*earlier, "Second."]:
        signed(case, words)
    laid_before(case, "First.")
    token = case.token()
    opened(client, token)
    page = client.get(f"/a/{token}/").content.decode()
    assert "<ins>First.</ins>" in page
    assert "<del>Second.</del>" in page


def test_the_paper_says_what_changed_since_the_signature_before_it(
    case: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, again = (signed(case, words) for words in ("First.", "Second.", "First."))
    said: list[str] = []
    monkeypatch.setattr(Paper, "heading", lambda _, text: said.append(text))
    with acting_for(case.client.pk):
        for each in (first, second, again):
            approval_documents.document(each)
    since = [each for each in said if each.startswith("What changed since")]
    assert since == [
        f"What changed since version {number}, which was signed before"
        for number in (1, first.version.number, second.version.number)
    ]


def test_what_is_signed_anew_unchanged_says_so(case: Asked, client: Browser) -> None:
    token = case.token()
    opened(client, token)
    assert "Nothing changed since you last signed." in client.get(f"/a/{token}/").content.decode()
