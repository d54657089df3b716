"""Comments on the messages that lie before the client: made in the review, answered and settled by the agency."""

from __future__ import annotations

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks

from campaigns import approval, comments, editing
from campaigns.comments import CannotComment
from campaigns.models import Approval, Comment, Step
from tenants.models import AuditEvent, Role
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import Asked, ask_again, asked, enrol, opened, signature
from tests.laid import laid_once, own_copy

pytestmark = pytest.mark.django_db


laid = laid_once(asked)


@pytest.fixture
def case(laid: Asked, db: None) -> Asked:
    return own_copy(laid)


@pytest.fixture
def made(case: Asked) -> Comment:
    with acting_for(case.client.pk):
        return comments.add(case.request, case.bob, "Please say hello first.", 1)


def editor(case: Asked, position: int = 1) -> str:
    with acting_for(case.client.pk):
        step = Step.objects.get(campaign=case.campaign, position=position)
    return f"/c/{case.client.slug}/campaigns/{case.campaign.pk}/steps/{step.pk}/"


def deed(case: Asked, comment: Comment, name: str) -> str:
    return f"/c/{case.client.slug}/campaigns/{case.campaign.pk}/comments/{comment.pk}/{name}/"


def test_a_comment_in_the_review_stands_beside_its_message_in_the_editor(
    case: Asked, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    token = case.token()
    browser = opened(Browser(), token)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        page = browser.post(
            f"/a/{token}/comment/", {"position": "2", "words": "Too <b>pushy</b>"}, follow=True
        )
    assert "Too &lt;b&gt;pushy&lt;/b&gt;" in page.content.decode()
    assert [letter.to for letter in mail.outbox] == [["alice@example.org"]]
    assert "pushy" not in mail.outbox[0].body
    staff = people.sign_in(Browser(), case.alice)
    beside = staff.get(editor(case, 2)).content.decode()
    assert "pushy" in beside
    assert "Open comment" in beside
    assert "pushy" not in staff.get(editor(case, 1)).content.decode()
    with acting_for(case.client.pk):
        case.request.refresh_from_db()
        assert case.request.closed_at is None


def test_the_agency_answers_and_settles_and_the_client_reads_it_in_the_next_round(
    case: Asked, made: Comment
) -> None:
    staff = people.sign_in(Browser(), case.alice)
    given = {"words": "Hello it is.", "settle": "yes", "from": "editor"}
    answer = staff.post(deed(case, made, "answer"), given)
    assert answer.url == editor(case)
    with acting_for(case.client.pk):
        with editing.change(case.campaign, None, case.alice):
            Step.objects.filter(campaign=case.campaign, position=1).update(body="Hello {{ first_name }}")
        case.request = ask_again(case.campaign, case.alice)
        verbs = AuditEvent.objects.values_list("verb", flat=True)
        assert {"approval.commented", "approval.comment_answered", "approval.comment_settled"} <= set(verbs)
    token = case.token()
    page = opened(Browser(), token).get(f"/a/{token}/").content.decode()
    for said in ("Please say hello first.", "version 1", "Hello it is.", "Settled"):
        assert said in page


def test_a_wish_for_a_change_is_a_comment_that_waits(case: Asked) -> None:
    with acting_for(case.client.pk):
        approval.object_to(case.request.pk, case.bob, "Not in May", step=2)
        [thread] = comments.threads(case.campaign)
        assert (thread.is_open, thread.position, thread.comment.words) == (True, 2, "Not in May")


def test_a_comment_follows_its_message_and_stays_when_it_is_removed(case: Asked, made: Comment) -> None:
    with acting_for(case.client.pk):
        Step.objects.filter(campaign=case.campaign, position=2).update(position=9)
        Step.objects.filter(pk=made.step_id).update(position=2)
        assert [each.position for each in comments.threads(case.campaign)] == [2]
        Step.objects.get(pk=made.step_id).delete()
        [left] = comments.about(comments.threads(case.campaign), None)
        assert (left.comment.pk, left.position) == (made.pk, 1)


def test_settling_twice_and_opening_again(case: Asked, made: Comment) -> None:
    staff = people.sign_in(Browser(), case.alice)
    for sent, says in (
        ({}, "Settled."),
        ({}, "settled already"),
        ({"again": "yes"}, "Open again."),
        ({"again": "yes"}, "open already"),
    ):
        assert says in staff.post(deed(case, made, "settle"), sent, follow=True).content.decode()


def test_an_open_comment_does_not_keep_the_client_from_signing(case: Asked, made: Comment) -> None:
    token = case.token()
    browser = opened(Browser(), token)
    browser.post(f"/a/{token}/sign/", signature(enrol(case.bob)))
    with acting_for(case.client.pk):
        assert Approval.objects.exists()
        assert Comment.objects.get(pk=made.pk).resolved_at is None


@pytest.mark.parametrize(
    "sent",
    [{"words": ""}, {"words": "  "}, {"words": "x" * 4001}, {"words": "x", "position": "9"}, {"words": "x", "position": "-1"},
     {"words": "x", "position": "²"}, {"words": "x", "position": "1" * 30}],
    ids=lambda sent: str(sent)[:40],
)  # fmt: skip
def test_what_is_no_comment_is_refused_with_a_sentence(case: Asked, sent: dict[str, str]) -> None:
    token = case.token()
    page = opened(Browser(), token).post(f"/a/{token}/comment/", sent, follow=True).content.decode()
    assert "alert" in page
    with acting_for(case.client.pk):
        assert not Comment.objects.exists()


def test_nobody_comments_on_what_is_closed_or_without_the_mailed_code(case: Asked) -> None:
    token = case.token()
    assert Browser().post(f"/a/{token}/comment/", {"words": "x"}).status_code == 302
    browser = opened(Browser(), token)
    with acting_for(case.client.pk):
        approval.object_to(case.request.pk, case.bob, "No")
    browser.post(f"/a/{token}/comment/", {"words": "x"})
    with acting_for(case.client.pk):
        assert Comment.objects.count() == 1


def test_words_are_never_changed_and_stand_encrypted(case: Asked, made: Comment) -> None:
    with acting_for(case.client.pk), connection.cursor() as cursor:
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            Comment.objects.filter(pk=made.pk).update(words="Nothing")
        cursor.execute("SELECT words FROM campaigns_comment")
        assert "hello" not in cursor.fetchone()[0]


def test_answers_are_not_answered(case: Asked, made: Comment) -> None:
    with acting_for(case.client.pk):
        given = comments.answer(made, case.alice, "Yes")
        with pytest.raises(CannotComment, match="comment itself"):
            comments.answer(given, case.alice, "And yes")


def test_the_editor_asks_as_often_for_many_comments_as_for_one(case: Asked, made: Comment) -> None:
    staff = people.sign_in(Browser(), case.alice)

    def asked_for() -> int:
        with CaptureQueriesContext(connection) as seen:
            staff.get(editor(case))
        return len(seen)

    one = (asked_for(), asked_for())[1]
    with acting_for(case.client.pk):
        for n in range(5):
            comments.answer(comments.add(case.request, case.bob, f"And {n}", 1 + n % 2), case.alice, "Yes")
    assert asked_for() == one


def test_roles_and_strangers(case: Asked, made: Comment) -> None:
    bob, vera = (
        people.sign_in(Browser(), each)
        for each in (case.bob, people.member("Vera", Role.VIEWER, client=case.client))
    )
    assert bob.post(deed(case, made, "settle")).status_code == 302
    assert bob.post(deed(case, made, "answer"), {"words": "x"}).status_code == 403
    assert vera.post(deed(case, made, "settle")).status_code == 403
    assert people.sign_in(Browser(), people.charlie()).post(deed(case, made, "settle")).status_code == 404
    with acting_for(people.rival_clinic().pk):
        assert not Comment.objects.exists()
