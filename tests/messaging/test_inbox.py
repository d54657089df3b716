"""The inbox: what waits for a person, what was decided and by whom; nobody of another client sees any of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from campaigns.audience import subjects
from campaigns.models import Booking, Launch, Step
from compliance.gate import judged
from consent.models import Contact, Pause, Suppression
from messaging.models import Inbound
from messaging.providers.hooks import Answered
from messaging.replying import take_reply
from tenants.clock import db_now
from tenants.models import AuditEvent, Client
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db
JANE = "+15742310001"


@pytest.fixture
def clinic() -> Client:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        people.contact(clinic, phone=JANE)
    return clinic


def reply(clinic: Client, text: str, number: int = 1, sender: str = JANE) -> Inbound:
    with acting_for(clinic.pk):
        take_reply(clinic.pk, Answered(f"SM{number}", "sms", sender, "+15742310600", text), db_now())
        found: Inbound = Inbound.objects.get(provider_id=f"SM{number}")
    return found


def page(client: Any, clinic: Client, **query: str) -> str:
    answer = client.get(f"/c/{clinic.slug}/inbox/", query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def decide(client: Any, clinic: Client, of: Inbound, decision: str) -> Any:
    with acting_for(clinic.pk):
        newest = Inbound.objects.filter(address=of.address_id).latest("pk").pk
    return client.post(f"/c/{clinic.slug}/inbox/{of.pk}/resolve/?upto={newest}", {"decision": decision})


def test_what_waits_for_a_person_stands_first(client: Any, clinic: Client) -> None:
    reply(clinic, "who is this", 1)
    reply(clinic, "STOP", 2, sender="+15742310002")
    people.sign_in(client, people.alice())
    waiting = page(client, clinic)
    assert "who is this" in waiting
    assert "STOP" not in waiting.split("<tbody>")[1]
    everything = page(client, clinic, show="all")
    assert everything.index("STOP") < everything.index("who is this")
    assert 'class="opted-out"' in everything
    assert "who is this" not in page(client, clinic, show="all", taken="opt_out")


def test_who_was_nobodys_when_they_wrote_is_named_once_a_list_brought_them(
    client: Any, clinic: Client
) -> None:
    reply(clinic, "STOP", sender="+15742310002")
    people.sign_in(client, people.alice())
    assert "Not on any list" in page(client, clinic, show="all")
    with acting_for(clinic.pk):
        people.contact(clinic, phone="+15742310002")
    assert "Not on any list" not in page(client, clinic, show="all")


def test_looking_is_on_record(client: Any, clinic: Client) -> None:
    one = reply(clinic, "who is this")
    people.sign_in(client, people.alice())
    page(client, clinic)
    assert client.get(f"/c/{clinic.slug}/inbox/{one.pk}/").status_code == 200
    with acting_for(clinic.pk):
        assert set(AuditEvent.objects.values_list("verb", flat=True)) >= {"inbox.viewed", "reply.viewed"}


def test_opting_out_settles_every_open_reply_from_there(client: Any, clinic: Client) -> None:
    first, second = reply(clinic, "who is this", 1), reply(clinic, "no", 2)
    other = reply(clinic, "no", 3, sender="+15742310002")
    alice = people.alice()
    people.sign_in(client, alice)
    assert decide(client, clinic, second, "opt_out").status_code == 302
    with acting_for(clinic.pk):
        made = Suppression.objects.get(address=first.address_id)
        assert (made.source, made.made_by) == ("free_text", alice)
        assert Inbound.objects.get(pk=first.pk).handled_by == alice
        assert Inbound.objects.get(pk=other.pk).handled_at is None
        assert AuditEvent.objects.get(verb="reply.resolved").detail == {"decision": "opt_out", "replies": 2}


def test_opting_out_ends_the_pause_that_the_reply_made_and_no_other(client: Any, clinic: Client) -> None:
    with acting_for(clinic.pk):
        Pause.objects.create(client=clinic, contact=Contact.objects.get(), reason="front desk clarifies")
    first, _ = reply(clinic, "who is this", 1), reply(clinic, "no", 2)
    people.sign_in(client, people.fred(clinic))
    assert decide(client, clinic, first, "opt_out").status_code == 302
    with acting_for(clinic.pk):
        assert [each.reason for each in Pause.objects.in_force(db_now())] == ["front desk clarifies"]


def test_a_reply_read_as_a_no_ends_its_campaign_on_every_channel(client: Any, clinic: Client) -> None:
    with acting_for(clinic.pk):
        jane = Contact.objects.get()
        people.point(jane, "email", "jane@example.org")
        made = people.campaign(clinic, {"channel": "email"})
        signed = people.approve(made, people.bob(clinic))
        Launch.objects.create(client=clinic, campaign=made, version=signed.version)
    one = reply(clinic, "who is this")
    people.sign_in(client, people.alice())
    decide(client, clinic, one, "opt_out")
    with acting_for(clinic.pk):
        at = db_now()
        step = Step.objects.select_related("campaign__client").get()
        failed = judged(subjects(step, at), at).get(contact_id=jane.pk).failed_now
    assert "left_campaign" in failed
    assert "paused" not in failed


def test_releasing_ends_the_pause(client: Any, clinic: Client) -> None:
    one = reply(clinic, "See you Tuesday")
    people.sign_in(client, people.bob(clinic))
    assert decide(client, clinic, one, "release").status_code == 302
    with acting_for(clinic.pk):
        assert not Pause.objects.in_force(db_now()).exists()
        assert not Suppression.objects.exists()
        assert Inbound.objects.get().handled_at is not None


def test_the_front_desk_may_opt_out_but_not_release(client: Any, clinic: Client) -> None:
    one = reply(clinic, "See you Tuesday")
    people.sign_in(client, people.fred(clinic))
    assert decide(client, clinic, one, "release").status_code == 403
    with acting_for(clinic.pk):
        assert Pause.objects.in_force(db_now()).exists()
        assert Inbound.objects.get().handled_at is None
    assert "Only the agency" in client.get(f"/c/{clinic.slug}/inbox/{one.pk}/").content.decode()
    assert decide(client, clinic, one, "opt_out").status_code == 302


def test_a_release_never_lifts_an_opt_out(client: Any, clinic: Client) -> None:
    one = reply(clinic, "please stop texting me")
    people.sign_in(client, people.alice())
    assert "Not a no" not in client.get(f"/c/{clinic.slug}/inbox/{one.pk}/").content.decode()
    decide(client, clinic, one, "release")
    with acting_for(clinic.pk):
        assert Suppression.objects.in_force(db_now()).exists()


@pytest.mark.parametrize("decision", ["", "opt_in", "delete"])
def test_a_decision_that_is_none_changes_nothing(client: Any, clinic: Client, decision: str) -> None:
    one = reply(clinic, "who is this")
    people.sign_in(client, people.alice())
    assert decide(client, clinic, one, decision).status_code == 302
    with acting_for(clinic.pk):
        assert Inbound.objects.get().handled_at is None


def test_what_people_write_is_shown_as_text(client: Any, clinic: Client) -> None:
    one = reply(clinic, "<script>alert(1)</script> {{ 7|add:7 }} \u202e", 1, sender="+447911123456")
    people.sign_in(client, people.alice())
    for shown in (page(client, clinic), client.get(f"/c/{clinic.slug}/inbox/{one.pk}/").content.decode()):
        assert "&lt;script&gt;" in shown
        assert "<script>alert" not in shown
        assert "{{ 7|add:7 }}" in shown


def test_the_inbox_asks_the_same_few_questions_for_one_reply_or_fifty(
    client: Any, clinic: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(50):
        reply(clinic, "See you", number, sender=f"+157423100{number + 10}")
    people.sign_in(client, people.alice())
    page(client, clinic)
    with django_assert_max_num_queries(25):
        page(client, clinic)


def test_a_stranger_finds_nothing(client: Any, clinic: Client) -> None:
    one = reply(clinic, "who is this")
    people.sign_in(client, people.charlie())
    for path in ("inbox/", f"inbox/{one.pk}/"):
        assert client.get(f"/c/{clinic.slug}/{path}").status_code == 404
    assert client.post(f"/c/{clinic.slug}/inbox/find/", {"q": "who"}).status_code == 404
    assert decide(client, clinic, one, "opt_out").status_code == 404
    rival = people.rival_clinic()
    assert client.get(f"/c/{rival.slug}/inbox/{one.pk}/").status_code == 404
    with acting_for(clinic.pk):
        assert not Suppression.objects.exists()


def launched(clinic: Client) -> Step:
    people.sms_sender(clinic)
    campaign = people.campaign(clinic, {"channel": "sms"})
    people.ready(clinic)
    approval = people.approve(campaign, people.bob(clinic))
    Launch.objects.create(client=clinic, campaign=campaign, version=approval.version)
    found: Step = Step.objects.select_related("campaign__client", "sender").get(campaign=campaign)
    return found


def failed(step: Step) -> list[str]:
    return list(judged(subjects(step, db_now()), db_now()).get().failed_now)


def test_who_has_booked_is_left_out_of_the_campaigns_that_run(client: Any, clinic: Client) -> None:
    with acting_for(clinic.pk):
        step = launched(clinic)
        assert "booked" not in failed(step)
    one = reply(clinic, "I already booked")
    people.sign_in(client, people.alice())
    assert "I already booked" in page(client, clinic, show="booked")
    assert decide(client, clinic, one, "booked").status_code == 302
    with acting_for(clinic.pk):
        codes = failed(step)
        assert "booked" in codes
        assert "paused_person" not in codes
        said = Booking.objects.get()
        assert (said.contact_id, said.by_word) == (one.contact_id, True)
        assert AuditEvent.objects.get(verb="reply.booked").detail == {"people": 1}
    assert "Nobody says so" in page(client, clinic, show="booked")
    contact = client.get(f"/c/{clinic.slug}/contacts/{one.contact_id}/life/").content.decode()
    assert "as they said in a reply" in contact
    assert "as they said" not in client.get(f"/c/{clinic.slug}/bookings/").content.decode()


def test_the_front_desk_notes_a_booking_and_the_pause_stays(client: Any, clinic: Client) -> None:
    one = reply(clinic, "I already booked")
    people.sign_in(client, people.fred(clinic))
    decide(client, clinic, one, "booked")
    with acting_for(clinic.pk):
        assert Booking.objects.count() == 1
        assert Pause.objects.in_force(db_now()).exists()


def test_a_booking_of_somebody_on_no_list_is_refused_and_stays_open(client: Any, clinic: Client) -> None:
    one = reply(clinic, "I already booked", sender="+15742310009")
    people.sign_in(client, people.alice())
    decide(client, clinic, one, "booked")
    with acting_for(clinic.pk):
        assert not Booking.objects.exists()
        assert Inbound.objects.get().handled_at is None


def test_how_long_a_conversation_waits_counts_from_its_first_unread_reply(
    client: Any, clinic: Client
) -> None:
    for number, (sender, hours) in enumerate([(JANE, 50), ("+15742310002", 30), (JANE, 1)]):
        one = reply(clinic, f"See you {number}", number, sender)
        with acting_for(clinic.pk):
            Inbound.objects.filter(pk=one.pk).update(received_at=db_now() - timedelta(hours=hours))
    people.sign_in(client, people.alice())
    longest = page(client, clinic, first="longest")
    assert longest.index("See you 0") < longest.index("See you 1")
    assert "See you 2" not in longest, "it is of the conversation that waits since the first"
    assert "waits longest has waited 2\xa0days, 2\xa0hours" in longest
    assert longest.count("waiting 2\xa0days, 2\xa0hours") == 1
    assert (
        "has waited 2\xa0days, 2\xa0hours" in client.get(f"/c/{clinic.slug}/inbox/{one.pk}/").content.decode()
    )
    decide(client, clinic, one, "seen")
    assert "waits longest has waited 1\xa0day, 6\xa0hours" in page(client, clinic)


def test_a_stranger_notes_no_booking(client: Any, clinic: Client) -> None:
    one = reply(clinic, "I already booked")
    people.sign_in(client, people.charlie())
    assert decide(client, clinic, one, "booked").status_code == 404
    with acting_for(clinic.pk):
        assert not Booking.objects.exists()


def test_the_list_says_that_pictures_came_with_the_words(client: Any, clinic: Client) -> None:
    one = reply(clinic, "My card")
    people.sign_in(client, people.alice())
    assert "with 2 pictures" not in page(client, clinic)
    with acting_for(clinic.pk):
        Inbound.objects.filter(pk=one.pk).update(pictures=2)
    assert "with 2 pictures" in page(client, clinic)
