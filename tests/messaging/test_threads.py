"""The inbox's list: a row for each address, page by page, by location, and how one of them is found."""

from __future__ import annotations

from typing import Any

import pytest

from consent.finding import word_hashes
from consent.models import Contact
from consent.replies import classify
from messaging.models import Inbound
from messaging.providers.hooks import Answered
from messaging.replying import take_reply
from messaging.threads import DIED, EMERGENCY
from tenants.clock import db_now
from tenants.models import Client, Location
from tenants.scope import acting_for
from tests import people
from tests.messaging.test_inbox import JANE, clinic, decide, page, reply

__all__ = ["clinic"]
pytestmark = pytest.mark.django_db


def find(client: Any, clinic: Client, typed: str) -> str:
    """What the search shows; its address names nobody and no word."""
    answer = client.post(f"/c/{clinic.slug}/inbox/find/", {"q": typed}, follow=True)
    (there, _), *_ = answer.redirect_chain
    assert not [each for each in typed.split() if each in there]
    return str(answer.content.decode().split("<main")[1])


def test_a_conversation_is_found_by_number_name_or_whole_words(client: Any, clinic: Client) -> None:
    reply(clinic, "Can María come on Tuesday?", 1, sender="+15742310009")  # on no list
    reply(clinic, "Thanks a lot", 2)
    with acting_for(clinic.pk):
        Contact.objects.update(name_words=word_hashes(clinic.pk, ("jane", "doe")))
    people.sign_in(client, people.alice())
    for typed, found in (
        ("TUESDAY maría", "Can María"), ("574 231 0009", "Can María"), ("doe JANE", "Thanks a lot"), ("(574) 231-0001", "Thanks a lot"),
        ("tues", "No such conversation"), ("nobody@example.org", "No such conversation"), (" ", "Type a phone number"),
    ):  # fmt: skip
        shown = find(client, clinic, typed)
        assert found in shown, typed
        assert ("Can María" in shown, "Thanks a lot" in shown) == (
            found == "Can María" or typed == " ", found == "Thanks a lot" or typed == " ",
        )  # fmt: skip
    for wrong in ("x", "1,b", "9" * 30, "%00"):
        assert "No such conversation" in page(client, clinic, show="all", words=wrong)


def test_whoever_wrote_often_has_one_row_with_how_many_are_unread(client: Any, clinic: Client) -> None:
    for number in (1, 2, 3):
        reply(clinic, f"See you {number}", number)
    other = reply(clinic, "Good morning", 4, sender="+15742310002")
    people.sign_in(client, people.alice())
    for show in ("open", "all"):
        shown = page(client, clinic, show=show)
        assert [f"See you {number}" in shown for number in (1, 2, 3)] == [False, False, True]
        assert "3 unread" in shown
    decide(client, clinic, other, "seen")
    assert ["Good morning" in page(client, clinic, show=show) for show in ("open", "all")] == [False, True]


def test_what_may_be_an_emergency_stands_first_and_once(
    client: Any, clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.threads.SIZE", 1)
    assert classify("I cannot breathe").rule == EMERGENCY
    assert classify("She passed away").rule == DIED
    reply(clinic, "I cannot breathe", 1)
    reply(clinic, "Hello?", 2)  # from the same number
    reply(clinic, "See you", 3, sender="+15742310002")
    reply(clinic, "She passed away", 4, sender="+15742310003")
    people.sign_in(client, people.alice())
    first = client.get(f"/c/{clinic.slug}/inbox/")
    assert [row.reply.body for row in first.context["rows"]] == ["I cannot breathe", "She passed away"]
    assert "May be an emergency" in first.content.decode()
    assert "Says that they died" in first.content.decode()
    second = client.get(f"/c/{clinic.slug}/inbox/", {"after": first.context["page"].next})
    assert [row.reply.body for row in second.context["rows"]] == ["See you"]
    assert "1 of them may be an emergency" in client.get("/needed/").content.decode()


def test_a_no_that_may_be_an_emergency_is_a_no_and_stands_first_all_the_same(
    client: Any, clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.threads.SIZE", 1)
    one = reply(clinic, "Stop texting me, I have chest pains", 1)
    reply(clinic, "Hello?", 2)
    reply(clinic, "See you", 3, sender="+15742310002")
    assert (one.label, one.urgent, one.handled_at) == ("opt_out", True, None)
    people.sign_in(client, people.alice())
    first = client.get(f"/c/{clinic.slug}/inbox/")
    assert first.context["rows"][0].reply == one
    assert "May be an emergency" in first.content.decode()
    assert "1 of them may be an emergency" in client.get("/needed/").content.decode()
    thread = client.get(f"/c/{clinic.slug}/inbox/{one.pk}/").content.decode()
    assert "This may be an emergency." in thread


def test_our_own_words_in_a_thread_or_a_reaction_make_no_emergency(clinic: Client) -> None:
    ours = "Call 911 in an emergency"
    assert not reply(clinic, f"Liked “{ours}”").urgent
    with acting_for(clinic.pk):
        mail = Answered("m1", "email", "jane@example.org", "hello@x.example", f"See you\n> {ours}\n")
        take_reply(clinic.pk, mail, db_now())
        assert not Inbound.objects.get(provider_id="m1").urgent


def test_pages_of_conversations_lose_none_and_repeat_none(
    client: Any, clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.threads.SIZE", 2)
    monkeypatch.setattr("messaging.threads.LOOKED_THROUGH", 3)
    for number in range(7):  # five from one, and one each from two
        sender = {1: "+15742310002", 5: "+15742310003"}.get(number, JANE)
        reply(clinic, f"See you {number}", number, sender)
    people.sign_in(client, people.alice())
    for first, wanted in (("", [6, 5, 1]), ("longest", [0, 1, 5])):
        found, after = [], ""
        for _ in range(7):
            answer = client.get(f"/c/{clinic.slug}/inbox/", {"first": first, "after": after})
            found += [int(row.reply.body[-1]) for row in answer.context["rows"]]
            if not (after := answer.context["page"].next):
                break
        assert found == wanted


def test_a_location_shows_what_came_to_its_number_or_from_its_people(client: Any, clinic: Client) -> None:
    with acting_for(clinic.pk):
        north, south = (
            Location.objects.create(client=clinic, name=name, time_zone=clinic.time_zone) for name in ("North", "South")
        )  # fmt: skip
        Contact.objects.update(location=north)
        number = people.sms_sender(clinic, location=south)
    reply(clinic, "From her", 1)
    reply(clinic, "From nobody", 2, sender="+15742310009")
    with acting_for(clinic.pk):
        Inbound.objects.filter(provider_id="SM1").update(sender=None)
        Inbound.objects.filter(provider_id="SM2").update(sender=number)
    people.sign_in(client, people.alice())
    for place, said in ((north, (True, False)), (south, (False, True))):
        shown = page(client, clinic, location=str(place.pk))
        assert ("From her" in shown, "From nobody" in shown) == said
    assert "No such conversation" in page(client, clinic, location="x")
