from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from campaigns.fingerprint import signed_content
from campaigns.models import ApprovalRequest, Campaign, Launch, Step
from campaigns.versions import freeze
from campaigns.wording import measured
from tenants.clock import db_now
from tenants.models import Role
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


def steps(case: Asked) -> list[Step]:
    with acting_for(case.client.pk):
        return list(Step.objects.filter(campaign=case.campaign).order_by("position"))


def now(case: Asked) -> Campaign:
    with acting_for(case.client.pk):
        found: Campaign = Campaign.objects.get(pk=case.campaign.pk)
        return found


def words(case: Asked, step: Step, **values: Any) -> dict[str, Any]:
    given = {
        "sender": step.sender_id,
        "delay_days": step.delay_days,
        "body": step.body,
        "seen": now(case).changed_at.isoformat(),
    }
    return given | ({"subject": step.subject} if step.subject else {}) | values


def rule(case: Asked, **values: Any) -> dict[str, Any]:
    return {
        "name": "Spring recall",
        "purpose": "recall",
        "days_valid": 7,
        "seen": now(case).changed_at.isoformat(),
    } | values


@pytest.mark.parametrize(
    "starter, channels",
    [
        ("blank", []), ("recall", ["sms", "email"]), ("win_back", ["email", "email"]), ("welcome", ["sms"]),
        ("paperwork", ["sms"]), ("check_in", ["sms"]),
    ],
)  # fmt: skip
def test_a_campaign_begins_from_nothing_or_from_a_starter(
    case: Asked, alice: Any, starter: str, channels: list[str]
) -> None:
    answer = alice.post(f"/c/{case.client.slug}/campaigns/new/", {"name": "Autumn", "starter": starter})
    with acting_for(case.client.pk):
        made = Campaign.objects.get(name="Autumn")
        assert [step.channel for step in made.steps.order_by("position")] == channels
        assert made.created_by == case.alice
        assert made.fingerprint
        if channels:
            freeze(made, by=None)
    assert answer.status_code == 302
    page = alice.get(answer.url)
    assert page.status_code == 200


def test_a_starter_without_its_sender_says_what_is_missing(alice: Any, case: Asked) -> None:
    of = people.client_of(people.agency(), "Bare Practice")
    answer = alice.post(f"/c/{of.slug}/campaigns/new/", {"name": "Autumn", "starter": "recall"}, follow=True)
    assert "no number to send texts from" in answer.content.decode()
    with acting_for(of.pk):
        assert Step.objects.count() == 0


def test_words_are_saved_with_what_the_gate_needs_and_a_new_fingerprint(case: Asked, alice: Any) -> None:
    step, before = steps(case)[0], now(case)
    assert (
        alice.post(at(case, f"steps/{step.pk}/"), words(case, step, body="Hello {{ full_name }}")).status_code
        == 302
    )
    saved = steps(case)[0]
    assert (saved.body, saved.needs) == ("Hello {{ full_name }}", ["first_name", "last_name"])
    assert now(case).fingerprint != before.fingerprint


@pytest.mark.parametrize(
    "change, says",
    [
        ({"body": "Hi {{ secret }}"}, "no merge field called"),
        ({"body": "Hi {% load x %}"}, "is no merge field"),
        ({"body": "a" * 1600}, "1,600 characters"),
        ({"body": ""}, "Write words first"),
        ({"delay_days": "-1"}, "greater than or equal"),
        ({"delay_days": "soon"}, "whole number"),
        ({"sender": "0"}, "valid choice"),
    ],
)
def test_bad_words_come_back_as_typed_with_a_sentence(
    case: Asked, alice: Any, change: dict[str, str], says: str
) -> None:
    step, before = steps(case)[0], now(case).fingerprint
    answer = alice.post(at(case, f"steps/{step.pk}/"), words(case, step, **change))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert says in page
    if "body" in change:
        assert change["body"][:30].replace("{", "{") in page
    assert now(case).fingerprint == before


@pytest.mark.parametrize("subject", ["Hi\nBcc: all@example.org", "Hi\r\nX: y"])
def test_a_subject_is_one_line(case: Asked, alice: Any, subject: str) -> None:
    step = steps(case)[1]
    alice.post(at(case, f"steps/{step.pk}/"), words(case, step, subject=subject))
    assert "\n" not in steps(case)[1].subject


def test_a_mail_link_that_is_not_https_is_refused(case: Asked, alice: Any) -> None:
    step = steps(case)[1]
    answer = alice.post(at(case, f"steps/{step.pk}/"), words(case, step, body="[x](http://a.example)"))
    assert "must begin with https" in answer.content.decode()


def test_of_two_editors_the_later_is_told_and_loses_nothing(case: Asked, alice: Any) -> None:
    step = steps(case)[0]
    stale = words(case, step, body="My long careful words")
    alice.post(at(case, f"steps/{step.pk}/"), words(case, step, body="Theirs came first"))
    answer = alice.post(at(case, f"steps/{step.pk}/"), stale)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody else saved" in page
    assert "My long careful words" in page
    assert steps(case)[0].body == "Theirs came first"
    mark = page.split('name="seen" value="')[1].split('"')[0].replace("&#x27;", "'").replace("&#43;", "+")
    assert alice.post(at(case, f"steps/{step.pk}/"), stale | {"seen": mark}).status_code == 302
    assert steps(case)[0].body == "My long careful words"


def test_an_edit_after_asking_warns_before_and_voids_after(case: Asked, alice: Any) -> None:
    assert "the request is taken back" in " ".join(alice.get(at(case)).content.decode().split())
    step = steps(case)[0]
    answer = alice.post(at(case, f"steps/{step.pk}/"), words(case, step, body="New words"), follow=True)
    assert "was taken back: ask again" in answer.content.decode()
    with acting_for(case.client.pk):
        assert ApprovalRequest.objects.get().outcome == "replaced"


def test_a_launched_campaign_is_locked_and_can_be_copied(case: Asked, alice: Any) -> None:
    with acting_for(case.client.pk):
        Launch.objects.create(
            client=case.client, campaign=case.campaign, version=case.request.version, by=case.alice
        )
    step, before = steps(case)[0], now(case).fingerprint
    page = alice.get(at(case)).content.decode()
    assert "locked" in page
    assert "data-inserts" not in page
    for path, data in (
        (f"steps/{step.pk}/", words(case, step, body="Other")),
        ("rule/", rule(case, days_valid=9)),
        ("steps/new/", {"channel": "sms"}),
        (f"steps/{step.pk}/move/", {"to": "later"}),
        (f"steps/{step.pk}/remove/", {}),
        ("archive/", {}),
    ):
        assert "locked" in alice.post(at(case, path), data, follow=True).content.decode()
    assert now(case).fingerprint == before
    alice.post(at(case, "copy/"))
    with acting_for(case.client.pk):
        copied = Campaign.objects.order_by("-pk")[0]
        assert copied.fingerprint == before
        assert not ApprovalRequest.objects.filter(campaign=copied).exists()


def test_steps_are_added_moved_and_removed_without_gaps(case: Asked, alice: Any) -> None:
    alice.post(at(case, "steps/new/"), {"channel": "email"})
    assert [(s.position, s.channel, s.delay_days) for s in steps(case)] == [
        (1, "sms", 0),
        (2, "email", 3),
        (3, "email", 6),
    ]
    alice.post(at(case, f"steps/{steps(case)[0].pk}/move/"), {"to": "later"})
    assert [(s.position, s.channel, s.delay_days) for s in steps(case)] == [
        (1, "email", 0),
        (2, "sms", 3),
        (3, "email", 6),
    ]
    alice.post(at(case, f"steps/{steps(case)[0].pk}/move/"), {"to": "earlier"})
    alice.post(at(case, f"steps/{steps(case)[0].pk}/remove/"))
    assert [(s.position, s.channel) for s in steps(case)] == [(1, "sms"), (2, "email")]
    assert alice.post(at(case, "steps/new/"), {"channel": "fax"}).status_code == 404


def test_the_rule_is_saved_whole(case: Asked, alice: Any) -> None:
    with acting_for(case.client.pk):
        people.contact(case.client, segment="Hygiene recall")
    alice.post(
        at(case, "rule/"),
        rule(
            case,
            last_visit_before="2025-03-01",
            last_visit_after="02/29/2020",
            segments=["Hygiene recall"],
            days_valid=9,
        ),
    )
    made = now(case)
    assert (str(made.last_visit_before), str(made.last_visit_after)) == ("2025-03-01", "2020-02-29")
    assert (made.segments, made.days_valid, made.purpose) == (["Hygiene recall"], 9, "recall")


@pytest.mark.parametrize(
    "change, says",
    [
        ({"last_visit_before": "2025-02-29"}, "Write the day as"),
        ({"last_visit_before": "0000-01-01"}, "Write the day as"),
        ({"last_visit_before": "0025-01-01"}, "between 1990 and 2100"),
        ({"last_visit_before": "01.02.25"}, "Write the day as"),
        ({"last_visit_before": "2024-01-01", "last_visit_after": "2024-06-01"}, "earlier than the day"),
        ({"starts_on": "2020-01-01"}, "has passed"),
        ({"segments": ["' OR 1=1--"]}, "valid choice"),
        ({"segments": ["tenant__users__password__startswith"]}, "valid choice"),
        ({"location": "999999999999999999999"}, "valid choice"),
        ({"days_valid": "0"}, "greater than or equal"),
        ({"purpose": "spam"}, "valid choice"),
        ({"hold_out": "51"}, "less than or equal"),
        ({"hold_out": "-1"}, "greater than or equal"),
        ({"hold_out": "10", "purpose": "care"}, "Nobody is held out of messages about care"),
        ({"counts_for": "0"}, "greater than or equal"),
    ],
)
def test_a_bad_rule_changes_nothing_and_says_why(
    case: Asked, alice: Any, change: dict[str, Any], says: str
) -> None:
    before = now(case)
    answer = alice.post(at(case, "rule/"), rule(case, **change))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert now(case).fingerprint == before.fingerprint


def test_how_it_is_measured_is_kept_signed_and_copied_with_a_draw_of_its_own(case: Asked, alice: Any) -> None:
    before = now(case)
    assert alice.post(at(case, "rule/"), rule(case, hold_out="10", counts_for="15")).status_code == 302
    made = now(case)
    assert (made.hold_out, made.counts_for, len(made.hold_out_seed)) == (10, 15, 32)
    assert made.fingerprint != before.fingerprint
    with acting_for(case.client.pk):
        assert "10 of every 100 people" in measured(signed_content(made))
    assert (
        alice.post(at(case, "rule/"), rule(case)).status_code == 302
    )  # a form without these fields leaves them
    assert now(case).hold_out_seed == made.hold_out_seed
    alice.post(at(case, "copy/"))
    with acting_for(case.client.pk):
        copied = Campaign.objects.order_by("-pk")[0]
    assert (copied.hold_out, copied.counts_for) == (10, 15)
    assert copied.hold_out_seed != made.hold_out_seed


def test_a_new_campaign_proposes_to_hold_a_tenth_out_except_for_care(case: Asked, alice: Any) -> None:
    page = alice.get(f"/c/{case.client.slug}/campaigns/new/").content.decode()
    assert 'name="hold_out" value="10"' in page
    for starter, share in (("recall", 10), ("paperwork", 0)):
        given = {"name": starter, "starter": starter, "hold_out": "10"}
        alice.post(f"/c/{case.client.slug}/campaigns/new/", given)
        with acting_for(case.client.pk):
            assert Campaign.objects.order_by("-pk")[0].hold_out == share


def test_extra_fields_reach_nothing(case: Asked, alice: Any) -> None:
    stolen = {
        "created_by": case.bob.pk,
        "client": 1,
        "approved_by": 1,
        "state": "approved",
        "fingerprint": "0" * 64,
    }
    alice.post(at(case, "rule/"), rule(case) | stolen)
    made = now(case)
    assert made.created_by_id == case.alice.pk
    assert made.client_id == case.client.pk
    assert made.fingerprint != "0" * 64


def test_a_first_day_that_has_passed_meanwhile_does_not_stand_in_the_way_of_other_edits(
    case: Asked, alice: Any
) -> None:
    day = (db_now() - timedelta(days=9)).date()
    with acting_for(case.client.pk):
        Campaign.objects.filter(pk=case.campaign.pk).update(starts_on=day)
    assert alice.post(at(case, "rule/"), rule(case, starts_on=day.isoformat())).status_code == 302


@pytest.mark.parametrize("role", [Role.APPROVER, Role.VIEWER, Role.FRONT_DESK])
def test_the_practices_people_read_and_do_not_write(case: Asked, role: Role) -> None:
    browser = people.sign_in(Browser(), people.member("Val", role, client=case.client))
    step = steps(case)[0]
    assert browser.get(f"/c/{case.client.slug}/campaigns/").status_code == 200
    page = browser.get(at(case)).content.decode()
    assert "data-inserts" not in page
    for path in ("rule/", "copy/", "archive/", "steps/new/", f"steps/{step.pk}/", f"steps/{step.pk}/move/"):
        assert browser.post(at(case, path), words(case, step)).status_code == 403
    assert browser.get(f"/c/{case.client.slug}/campaigns/new/").status_code == 403


def test_the_list_shows_each_state_and_filters_by_it(case: Asked, alice: Any) -> None:
    with acting_for(case.client.pk):
        people.campaign(case.client, by=case.alice, name="A quiet draft")
    page = alice.get(f"/c/{case.client.slug}/campaigns/").content.decode()
    assert "A quiet draft" in page
    assert "Spring recall" in page
    page = alice.get(f"/c/{case.client.slug}/campaigns/?state=asked").content.decode()
    assert "Spring recall" in page
    assert "A quiet draft" not in page
    assert alice.get(f"/c/{case.client.slug}/campaigns/?state=%27&after=zzz").status_code == 200


def test_putting_a_draft_away_takes_its_request_back(case: Asked, alice: Any) -> None:
    alice.post(at(case, "archive/"))
    with acting_for(case.client.pk):
        assert ApprovalRequest.objects.get().outcome == "withdrawn"
    assert (
        "Spring recall"
        not in alice.get(f"/c/{case.client.slug}/campaigns/")
        .content.decode()
        .split("<main")[1]
        .split("flash")[0]
    )
    assert "put away" in alice.post(at(case, "rule/"), rule(case), follow=True).content.decode()


def test_looking_writes_nothing(case: Asked, alice: Any) -> None:
    before = now(case)
    for path in ("", "approval/", f"steps/{steps(case)[0].pk}/"):
        alice.get(at(case, path))
    assert (now(case).changed_at, now(case).fingerprint) == (before.changed_at, before.fingerprint)
    for path in ("rule/", "copy/", "archive/", "steps/new/", f"steps/{steps(case)[0].pk}/move/"):
        assert alice.get(at(case, path)).status_code == 405


@pytest.mark.parametrize("number", ["-1", "0", str(2**63), "9" * 40, "..", "%00"])
def test_ids_that_cannot_be_are_not_found(case: Asked, alice: Any, number: str) -> None:
    assert alice.get(f"/c/{case.client.slug}/campaigns/{number}/").status_code == 404


def test_a_stranger_finds_nothing(case: Asked) -> None:
    browser = people.sign_in(Browser(), people.charlie())
    step = steps(case)[0]
    for path in ("", f"steps/{step.pk}/"):
        assert browser.get(at(case, path)).status_code == 404
    assert browser.get(f"/c/{case.client.slug}/campaigns/").status_code == 404
    for path in (
        "rule/",
        "copy/",
        "archive/",
        "steps/new/",
        f"steps/{step.pk}/",
        f"steps/{step.pk}/move/",
        f"steps/{step.pk}/remove/",
    ):
        assert browser.post(at(case, path)).status_code == 404


def test_a_rivals_campaign_is_not_found_under_ones_own_practice(case: Asked, alice: Any) -> None:
    rival = people.rival_clinic()
    with acting_for(rival.pk):
        theirs = people.campaign(rival)
        their_step = Step.objects.get(campaign=theirs)
    assert alice.get(f"/c/{case.client.slug}/campaigns/{theirs.pk}/").status_code == 404
    assert alice.post(at(case, f"steps/{their_step.pk}/"), words(case, their_step)).status_code == 404
