"""Two wordings of one message: both are signed and read by the review, and a household reads one of them for good."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client as Browser
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from campaigns import asking, editing, signed_facts, wordings
from campaigns.differences import differences
from campaigns.fingerprint import derive, signed_content
from campaigns.models import Approval, Step
from campaigns.rendering import Person, render
from campaigns.versions import problems
from compliance.content.review import review
from tenants.models import Client, Role
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import ask_again, asked, opened
from tests.messaging.flight import address

FIRST = "Bright Smiles: it is time for a visit."
SECOND = "Bright Smiles: {{first_name}}, when did we last see you?"
TWO = {"channel": "sms", "body": FIRST, "other_body": SECOND, "split_seed": "seed"}


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@given(st.text(min_size=1, max_size=32), st.lists(st.integers(1, 2**62), min_size=1, max_size=20))
def test_a_household_draws_the_same_wording_however_often_it_is_asked(
    seed: str, households: list[int]
) -> None:
    step = {"other": {"seed": seed, "words": {}}}
    once = [wordings.drawn(step, each) for each in households]
    assert once == [wordings.drawn(dict(step), each) for each in households]
    assert set(once) <= {wordings.FIRST, wordings.SECOND}
    assert wordings.drawn({}, households[0]) == ""


@pytest.mark.parametrize("seed", ["0", "5f3a", "another", "30" * 16])
def test_the_draw_is_even_and_another_seed_draws_otherwise(seed: str) -> None:
    draw = [wordings.drawn({"other": {"seed": seed}}, each) for each in range(10_000)]
    assert 4_800 < draw.count(wordings.SECOND) < 5_200  # four standard deviations
    other = [wordings.drawn({"other": {"seed": seed + "x"}}, each) for each in range(10_000)]
    assert 4_800 < sum(one == two for one, two in zip(draw, other, strict=True)) < 5_200


@pytest.mark.django_db
def test_both_wordings_are_in_what_is_signed_and_in_the_record_of_it(clinic: Client) -> None:
    signer = people.bob(clinic)
    with acting_for(clinic.pk):
        made = people.campaign(clinic, TWO)
        given_ = people.approve(made, signer)
        told = dict(
            signed_facts.facts(
                Approval.objects.select_related("version", "count", "campaign").get(pk=given_.pk)
            )
        )
        content = given_.version.content
    assert FIRST in told["Message 1, wording A"]
    assert SECOND in told["Message 1, wording B"]
    assert content["steps"][0]["needs"] == ["first_name"]  # whoever has none reads neither
    person = Person(1, {"first_name": "Jane"})
    assert "time for a visit" in render(content, 1, person, wording=wordings.FIRST).text
    assert render(content, 1, person, wording=wordings.SECOND).text.startswith("Bright Smiles: Jane, when")
    assert render(content, 1, person, wording=wordings.SECOND).text.endswith("Reply STOP to opt out")


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"body": "Bright Smiles: hello."}, {"other_body": "Bright Smiles: hello."},
                                    {"split_seed": "drawn again"}, {"other_body": "", "split_seed": ""}])  # fmt: skip
def test_an_edit_of_either_wording_or_of_the_draw_voids_the_approval(
    clinic: Client, change: dict[str, str]
) -> None:
    with acting_for(clinic.pk):
        made = people.campaign(clinic, TWO)
        given_ = people.approve(made, people.bob(clinic))
        assert derive(made) == given_.fingerprint
        Step.objects.filter(campaign=made).update(**change)
        assert derive(made) != given_.fingerprint


@pytest.mark.django_db
def test_a_campaign_of_one_wording_is_signed_as_it_was_before_there_were_two(clinic: Client) -> None:
    with acting_for(clinic.pk):
        made = people.campaign(clinic)
        assert "other" not in signed_content(made)["steps"][0]


@pytest.mark.django_db
def test_the_review_of_the_words_reads_both_and_says_which_it_means(clinic: Client) -> None:
    with acting_for(clinic.pk):
        made = people.campaign(clinic, TWO | {"other_body": "Bright Smiles: text BYE to unsubscribe."})
        content = signed_content(made)
        found = [each for each in review(content) if each.blocks]
        Step.objects.update(other_body="Bright Smiles: {{nobody}}.")
        wrong = problems(signed_content(made))
    assert [each.says[:11] for each in found] == ["Wording B: "]
    assert [each.partition(":")[0] for each in wrong] == ["Step 1, wording B"]


@pytest.mark.django_db
def test_what_changed_is_told_of_each_wording_by_itself(clinic: Client) -> None:
    with acting_for(clinic.pk):
        made = people.campaign(clinic, TWO)
        before = signed_content(made)
        Step.objects.update(other_body="Bright Smiles: hello.")
        after = signed_content(made)
    assert [each.where for each in differences(before, after)] == ["Message 1, wording B, words"]


@pytest.mark.django_db
def test_a_copy_keeps_both_wordings_and_draws_anew(clinic: Client) -> None:
    with acting_for(clinic.pk):
        made = editing.copy(people.campaign(clinic, TWO), people.alice())
        step = Step.objects.get(campaign=made)
    assert step.other_body == SECOND
    assert len(step.split_seed) == 32


@pytest.mark.django_db
def test_no_second_wording_stands_without_a_seed(clinic: Client) -> None:
    with acting_for(clinic.pk):
        people.campaign(clinic)
        with pytest.raises(IntegrityError):
            Step.objects.update(other_body="Hello")


@pytest.mark.django_db
def test_the_page_saves_a_second_wording_voids_what_was_asked_and_takes_it_out(clinic: Client) -> None:
    with acting_for(clinic.pk):
        made = people.campaign(clinic)
        people.approve(made, people.bob(clinic))
        step = Step.objects.get()
    browser: Any = people.sign_in(Browser(), people.alice())
    there = address("step", clinic, made, step=step.pk)
    page = browser.get(there + "second/").content.decode()
    assert "There is one wording now" in page
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    same = browser.post(there + "second/", {"body": step.body, "seen": seen})
    assert same.status_code == 422
    assert browser.post(there + "second/", {"body": SECOND, "seen": "before"}).status_code == 409
    assert browser.post(there + "second/", {"body": SECOND, "seen": seen}).status_code == 302
    assert "See the second wording" in browser.get(there).content.decode()
    with acting_for(clinic.pk):
        step.refresh_from_db()
        made.refresh_from_db()
        assert (step.other_body, len(step.split_seed), step.needs) == (SECOND, 32, ["first_name"])
        assert not Approval.objects.filter(fingerprint=made.fingerprint).exists()
    viewer: Any = people.sign_in(Browser(), people.member("Val", Role.VIEWER, client=clinic))
    assert viewer.get(there + "second/").status_code == 200
    assert viewer.post(there + "second/", {"body": "x", "seen": seen}).status_code == 403
    assert browser.post(there + "second/remove/").status_code == 302
    with acting_for(clinic.pk):
        step.refresh_from_db()
        assert (step.other_body, step.split_seed, step.needs) == ("", "", [])
        assert Approval.objects.filter(fingerprint=derive(made)).exists()  # as it was signed
    stranger: Any = people.sign_in(Browser(), people.charlie())
    assert stranger.get(there + "second/").status_code == 404
    assert stranger.post(there + "second/remove/").status_code == 404


@pytest.mark.django_db
def test_the_signer_is_shown_both_wordings_as_they_will_look() -> None:
    before = asked()
    second = {
        "other_subject": "Is it time, {{ first_name }}?",
        "other_body": "Another mail.",
        "split_seed": "seed",
    }
    with acting_for(before.client.pk):
        Step.objects.filter(channel="email").update(**second)
        request = ask_again(before.campaign, before.alice)
        token = asking.make_link(request, before.bob)
    browser = opened(Browser(), token)
    page = browser.get(reverse("review", args=[token]))
    text = page.content.decode()
    assert "2 messages to" in text
    assert "E-mail, wording A" in text
    assert "E-mail, wording B" in text
    assert "Half of the households read this wording" in text
    assert text.count("Comment on this message") == 2
    frame = reverse("review_mail", args=[token, 2])
    assert "Come by." in browser.get(frame).content.decode()
    assert "Another mail." in browser.get(frame + "?wording=b").content.decode()
    assert f"{frame}?person=1&amp;wording=b" in text
