"""What stands in an opened review: each message for several people, to how many it goes, what changed."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from campaigns.models import Approval, Campaign
from campaigns.signed_facts import facts
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import Asked, ask_again, asked, enrol, opened, signature
from tests.laid import laid_once, own_copy

pytestmark = pytest.mark.django_db


laid = laid_once(asked)


@pytest.fixture
def case(laid: Asked, db: None) -> Asked:
    return own_copy(laid)


def test_a_mail_is_shown_in_its_frame_and_runs_nothing(case: Asked, client: Browser) -> None:
    token = case.token()
    opened(client, token)
    answer = client.get(f"/a/{token}/mail/2/")
    assert "Come by." in answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert client.get(f"/a/{token}/mail/1/").status_code == 404
    assert client.get(f"/a/{token}/mail/99/").status_code == 404
    assert 'sandbox title="The mail' in client.get(f"/a/{token}/").content.decode()


def test_the_signer_reads_to_how_many_and_why_not_the_others(case: Asked, client: Browser) -> None:
    token = case.token()
    opened(client, token)
    page = client.get(f"/a/{token}/").content.decode()
    for fact in (
        "2 messages to 3 people",
        "<b>2</b> of 3 people",
        "1: This address opted out, complained or bounced.",
        "(574) 231-0600",
        "own accounts",
        "SendGrid",
    ):
        assert fact in page


def test_the_signer_reads_and_signs_each_warning_with_its_reason(case: Asked, client: Browser) -> None:
    warned = {
        "step": 1,
        "says": "Three segments.",
        "reason": "The client wants its hours in it.",
        "by": "Alice",
    }
    with acting_for(case.client.pk):
        case.request = ask_again(case.campaign, case.alice, answered=[warned])
    secret, token = enrol(case.bob), case.token()
    opened(client, token)
    page = client.get(f"/a/{token}/").content.decode()
    assert "Message 1: Three segments.<br>Alice: “The client wants its hours in it.”" in page
    client.post(f"/a/{token}/sign/", signature(secret))
    with acting_for(case.client.pk):
        approval = Approval.objects.get()
        assert "agree with the reasons" in approval.statement
        assert (
            "Pointed out",
            f"Message 1: Three segments. Sent all the same, says Alice: {warned['reason']}",
        ) in facts(approval)


def test_what_changed_since_the_last_signature_is_marked(case: Asked, client: Browser) -> None:
    secret = enrol(case.bob)
    token = case.token()
    opened(client, token)
    client.post(f"/a/{token}/sign/", signature(secret))
    with acting_for(case.client.pk):
        case.campaign.steps.filter(position=1).update(body="Hi {{ first_name }}, drop by")
        case.request = ask_again(case.campaign, case.alice)
    again = case.token()
    opened(client, again)
    page = client.get(f"/a/{again}/").content.decode()
    assert "<del>come</del>" in page
    assert "<ins>drop</ins>" in page


def test_the_review_costs_the_same_queries_however_many_messages(case: Asked, client: Browser) -> None:
    token = case.token()
    opened(client, token)
    client.get(f"/a/{token}/")
    with CaptureQueriesContext(connection) as asked_now:
        client.get(f"/a/{token}/")
    assert len(asked_now) <= 25


def test_the_signer_sees_three_real_people_the_longest_name_and_missing_data(
    case: Asked, client: Browser
) -> None:
    with acting_for(case.client.pk):
        for name in ("Kim", "Lee", "Ann", "Bartholomew-Maximilian", ""):
            people.contact(case.client, first_name=name, phone=people.a_phone(), email=f"x{name}@example.org")
    token = case.token()
    opened(client, token)
    seen = {}
    for number in range(1, 7):
        seen[number] = client.get(f"/a/{token}/", {"person": number}).content.decode()
    for number, said in enumerate(("Jane", "Kim", "Lee", "Bartholomew-Maximilian"), start=1):
        assert f"Hi {said}, come by" in seen[number]
        assert f'?person={number}#message-1" aria-current="true"' in seen[number]
        frame = client.get(f"/a/{token}/mail/2/", {"person": number})
        assert "Come by." in frame.content.decode()
        assert f"/mail/2/?person={number}" in seen[number]
        assert f"Hello {said}</b>" in seen[number]
    assert "This person would not get it" in seen[5]
    assert "The person&#x27;s first name." in seen[5]
    assert client.get(f"/a/{token}/mail/2/", {"person": 5}).status_code == 404
    for wrong in ("6", "0", "-1", "x", "９"):
        assert "Hi Jane, come by" in client.get(f"/a/{token}/", {"person": wrong}).content.decode()
    assert "Jane" not in Browser().get(f"/a/{token}/", {"person": 1}).content.decode()


def test_where_nobody_lacks_anything_the_review_says_so(case: Asked, client: Browser) -> None:
    token = case.token()
    opened(client, token)
    page = client.get(f"/a/{token}/").content.decode()
    assert "Nobody was found who lacks what these words need" in page
    assert "Missing data" not in page


def test_nobody_in_the_audience_is_shown_as_somebody_made_up(case: Asked, client: Browser) -> None:
    with acting_for(case.client.pk):
        Campaign.objects.filter(pk=case.campaign.pk).update(segments=["Nobody"])
    token = case.token()
    opened(client, token)
    assert "made up: nobody is in the audience yet" in client.get(f"/a/{token}/").content.decode()
