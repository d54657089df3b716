"""The red buttons: at once, by name, with a reason; what is stopped for good stays stopped."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from django.urls import reverse

from campaigns.models import Campaign, Launch
from campaigns.state import State, state_of
from compliance import stopping
from compliance.models import Stop, StopEverything
from messaging.locks import Locks
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, Role
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return people.clinic()


@pytest.fixture
def campaign(client: Client) -> Campaign:
    with acting_for(client.pk):
        made = people.campaign(client, by=people.alice())
        approval = people.approve(made, people.bob(client))
        Launch.objects.create(client=client, campaign=made, version=approval.version)
        return made


def press(who: object, name: str, *args: object, reason: str = "Too many replies") -> object:
    browser = people.sign_in(Browser(), who)  # type: ignore[arg-type]
    return browser.post(reverse(name, args=args), {"reason": reason}, follow=False)


def in_force(client: Client) -> list[tuple[int | None, str]]:
    with acting_for(client.pk):
        return list(Stop.objects.in_force(db_now()).values_list("campaign", "kind"))


def state(client: Client, campaign: Campaign) -> State:
    with acting_for(client.pk):
        return state_of(campaign)


def test_a_campaign_is_paused_released_and_stopped_for_good(client: Client, campaign: Campaign) -> None:
    alice = people.user("Alice")
    press(alice, "pause", client.slug, campaign.pk)
    press(alice, "pause", client.slug, campaign.pk)
    assert in_force(client) == [(campaign.pk, "pause")]
    assert state(client, campaign) == State.PAUSED
    press(alice, "release", client.slug, campaign.pk)
    assert in_force(client) == []
    press(alice, "pause", client.slug, campaign.pk)
    press(alice, "stop_for_good", client.slug, campaign.pk)
    assert in_force(client) == [(campaign.pk, "stop")]
    assert state(client, campaign) == State.STOPPED
    press(alice, "release", client.slug, campaign.pk)
    assert in_force(client) == [(campaign.pk, "stop")]
    with acting_for(client.pk):
        verbs = list(
            AuditEvent.objects.filter(verb__startswith="campaign.")
            .order_by("pk")
            .values_list("verb", flat=True)
        )
        assert verbs == [
            "campaign.paused",
            "campaign.paused",
            "campaign.released",
            "campaign.paused",
            "campaign.stopped",
        ]


def test_a_stop_needs_a_reason(client: Client, campaign: Campaign) -> None:
    press(people.user("Alice"), "pause", client.slug, campaign.pk, reason="  ")
    assert in_force(client) == []


def test_the_compliance_contact_stops_but_does_not_release(client: Client, campaign: Campaign) -> None:
    bob = people.user("Bob")
    press(bob, "stop_client", client.slug)
    assert in_force(client) == [(None, "pause")]
    assert press(bob, "release_client", client.slug).status_code == 403  # type: ignore[attr-defined]
    assert in_force(client) == [(None, "pause")]
    press(people.user("Alice"), "release_client", client.slug)
    assert in_force(client) == []


def test_the_front_desk_does_not_stop(client: Client, campaign: Campaign) -> None:
    assert press(people.fred(client), "pause", client.slug, campaign.pk).status_code == 403  # type: ignore[attr-defined]


def test_the_strip_says_by_whom_and_why_and_offers_the_release_to_staff_only(
    client: Client, campaign: Campaign
) -> None:
    strip = reverse("stop_strip", args=[client.slug])
    alice, bob = (
        people.sign_in(Browser(), people.user("Alice")),
        people.sign_in(Browser(), people.user("Bob")),
    )
    assert b"stop-strip" not in alice.get(strip).content
    press(people.user("Alice"), "stop_client", client.slug, reason="Wrong list & <b>more</b>")
    page = alice.get(strip).content.decode()
    assert "Alice" in page
    assert "Wrong list &amp; &lt;b&gt;more" in page
    assert "Release" in page
    assert "Release" not in bob.get(strip).content.decode()


def test_everything_is_stopped_by_an_owner_and_released_by_their_own_agency(client: Client) -> None:
    assert press(people.alice(), "stop_everything").status_code == 403  # type: ignore[attr-defined]
    press(people.olive(), "stop_everything", reason="Provider trouble")
    assert StopEverything.objects.in_force(db_now()).count() == 1
    rival = people.member("Rita", Role.OWNER, of=people.agency("Rival Agency"))
    press(rival, "release_everything")
    assert StopEverything.objects.in_force(db_now()).count() == 1
    assert (
        "Provider trouble"
        not in people.sign_in(Browser(), rival)
        .get(reverse("stop_strip", args=[people.rival_clinic().slug]))
        .content.decode()
    )  # another agency learns that, not why
    press(people.user("Olive"), "release_everything")
    assert StopEverything.objects.in_force(db_now()).count() == 0


def test_a_page_that_is_older_than_the_pause_does_not_release_it(client: Client, campaign: Campaign) -> None:
    alice = people.sign_in(Browser(), people.user("Alice"))
    with acting_for(client.pk):
        before = stopping.stop(client, campaign, Stop.Kind.PAUSE, None, "Lunch")
        stopping.release(client, campaign, people.user("Alice"))
        anew = stopping.stop(client, campaign, Stop.Kind.PAUSE, None, "Two complaints")
    release = reverse("release", args=[client.slug, campaign.pk])
    for read in (str(before.pk), "9" * 5000, "x"):
        said = alice.post(release, {"stop": read, "next": "/help/"}, follow=True).content.decode()
        assert "paused anew meanwhile: Two complaints" in said
        assert in_force(client) == [(campaign.pk, "pause")]
    alice.post(release, {"stop": str(anew.pk)})
    assert in_force(client) == []


def test_the_hold_after_a_restore_is_nobodys_to_release(client: Client) -> None:
    StopEverything.objects.create(reason="Held: restored.")
    olive = people.sign_in(Browser(), people.olive())
    for page in (reverse("stop_strip", args=[client.slug]), reverse("everything")):
        shown = olive.get(page).content.decode()
        assert "Held: restored." in shown
        assert "ends by itself" in shown
        assert reverse("release_everything") not in shown
    olive.post(reverse("release_everything"))
    assert StopEverything.objects.filter(ended_at=None).exists()


def test_the_list_of_clients_offers_the_button_to_owners_only(client: Client) -> None:
    olive, alice = people.sign_in(Browser(), people.olive()), people.sign_in(Browser(), people.alice())
    panel = reverse("everything")
    assert "Stop all sending" in olive.get(panel).content.decode()
    assert alice.get(panel).content.strip() == b""
    press(people.user("Olive"), "stop_everything", reason="Provider trouble")
    assert "Release" in olive.get(panel).content.decode()
    assert "All sending is stopped" in alice.get(panel).content.decode()
    assert "Release" not in alice.get(panel).content.decode()


def test_the_button_leads_back_to_its_page_and_nowhere_else(client: Client, campaign: Campaign) -> None:
    browser = people.sign_in(Browser(), people.user("Alice"))
    there = reverse("pause", args=[client.slug, campaign.pk])
    assert (
        browser.post(there, {"reason": "x", "next": "/c/bright-smiles/"})["Location"] == "/c/bright-smiles/"
    )
    for outside in ("https://evil.example/", "//evil.example/", "\\\\evil.example", "javascript:alert(1)"):
        assert "evil" not in browser.post(there, {"reason": "x", "next": outside})["Location"]


def test_what_is_said_of_a_stop_is_what_was_proven(
    client: Client, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "BOUND", 0.02)
    browser = people.sign_in(Browser(), people.user("Alice"))

    def said(name: str) -> str:
        there = reverse(name, args=[client.slug, campaign.pk])
        page = browser.post(there, {"reason": "x", "next": f"/c/{client.slug}/contacts/"}, follow=True)
        return str(page.content.decode())

    with Locks() as worker:
        assert worker.take([(1, 2)], [stopping.lock_keys(client.pk, campaign.pk)]) == [True]
        answer = said("pause")
        assert "still being handed over" in answer
        assert "No hand-over begins from now on" not in answer
    with Locks() as elsewhere:
        assert elsewhere.take([(1, 2)], [stopping.lock_keys(client.pk, campaign.pk + 1)]) == [True]
        assert "No hand-over begins from now on" in said("pause")
        assert "No hand-over begins from now on" in said("stop_for_good")


def test_each_red_button_says_beforehand_what_may_still_go_out(client: Client, campaign: Campaign) -> None:
    olive = people.sign_in(Browser(), people.olive())
    live, ready = reverse("live", args=[client.slug, campaign.pk]), reverse("readiness", args=[client.slug])
    for page, buttons in ((reverse("everything"), 1), (ready, 1), (live, 2)):
        said = olive.get(page).content.decode()
        assert said.count("cleared just before may still go out, within two seconds") == buttons, page


def test_two_stops_at_once_are_one(client: Client, campaign: Campaign) -> None:
    with acting_for(client.pk):
        first = stopping.stop(client, campaign, Stop.Kind.PAUSE, None, "a")
        assert stopping.stop(client, campaign, Stop.Kind.PAUSE, None, "b") == first


def test_a_stranger_gets_404(client: Client, campaign: Campaign) -> None:
    charlie = people.charlie()
    for name, args in (
        ("pause", [campaign.pk]),
        ("release", [campaign.pk]),
        ("stop_client", []),
        ("release_client", []),
    ):
        assert press(charlie, name, client.slug, *args).status_code == 404  # type: ignore[attr-defined]
    assert (
        people.sign_in(Browser(), charlie).get(reverse("stop_strip", args=[client.slug])).status_code == 404
    )
