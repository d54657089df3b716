"""Conversations in the inbox: words kept ready, who looks after one, and which tab it stands in."""

from __future__ import annotations

from typing import Any

import pytest

from consent.models import Contact
from messaging import answering, ready_words
from messaging.models import Answer, Assignment, ReadyWords
from tenants.models import Client, Role
from tenants.scope import acting_for
from tests import people
from tests.messaging.test_answering import clinic, send, thread, wrote
from tests.messaging.test_inbox import page

__all__ = ["clinic"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("starter", ready_words.STARTERS)
def test_words_to_begin_with_are_put_into_the_form_and_could_be_sent(
    starter: str, client: Any, clinic: Client
) -> None:
    name, words = ready_words.STARTERS[starter]
    people.sign_in(client, people.alice())
    there = f"/c/{clinic.slug}/ready-words/"
    form = client.get(f"{there}?from={starter}").context["form"]
    assert (form["name"].value(), form["words"].value()) == (name, words)
    assert client.get(f"{there}?from=none").context["form"]["words"].value() is None
    assert client.post(there, {"name": name, "words": words}).status_code == 302
    with acting_for(clinic.pk):
        assert not [each for each in answering.findings_of(words, clinic) if each.blocks]


def test_ready_words_are_the_clients_or_ones_own(client: Any, clinic: Client) -> None:
    one = wrote(clinic)
    people.sign_in(client, people.alice())
    there = f"/c/{clinic.slug}/ready-words/"
    assert (
        client.post(
            there, {"name": "Directions", "words": "Dear {{ first_name }}, past the library.", "shared": "on"}
        ).status_code
        == 302
    )
    assert client.post(there, {"name": "Thanks", "words": "Thank you."}).status_code == 302
    assert client.post(there, {"name": "Thanks", "words": "Thank you!"}).status_code == 422
    assert client.post(there, {"name": "Bad", "words": "{{ nickname }}"}).status_code == 422
    assert client.post(there, {"name": "Offer", "words": "20% off"}).status_code == 422
    with acting_for(clinic.pk):
        shared = ReadyWords.objects.get(owner=None)
    assert "Dear Jane, past the library." in thread(client, clinic, one, ready=shared.pk)
    people.sign_in(client, people.fred(clinic))
    listed = client.get(there).content.decode()
    assert "Directions" in listed
    assert "Thank you." not in listed
    assert client.post(f"{there}{shared.pk}/end/").status_code == 302
    client.get(there)  # what was done is told once
    assert "Directions" not in client.get(there).content.decode()


def test_a_conversation_is_given_to_a_member(client: Any, clinic: Client) -> None:
    one = wrote(clinic)
    fred = people.fred(clinic)
    people.sign_in(client, people.alice())
    there = f"/c/{clinic.slug}/inbox/{one.pk}/assign/"
    for _ in range(2):
        assert client.post(there, {"to": fred.pk}).status_code == 302
    with acting_for(clinic.pk):
        assert Assignment.objects.get().to == fred
    assert "Fred looks after it" in page(client, clinic)
    people.sign_in(client, fred)
    assert "When are you open?" in page(client, clinic, show="mine")
    client.post(there, {"to": people.charlie().pk})
    client.post(there, {"to": ""})
    with acting_for(clinic.pk):
        assert Assignment.objects.get().ended_at is not None
    assert "Nothing is assigned to you" in page(client, clinic, show="mine")


def test_the_tabs_tell_unread_doubtful_and_opted_out_apart(client: Any, clinic: Client) -> None:
    wrote(clinic, "See you", 1)
    wrote(clinic, "who is this", 2, sender="+15742310002")
    wrote(clinic, "STOP", 3, sender="+15742310003")
    people.sign_in(client, people.alice())
    rows = {
        show: page(client, clinic, show=show).split("<main")[1] for show in ("open", "decide", "out", "all")
    }
    said = ("See you", "who is this", "STOP")
    assert [[each in rows[show] for each in said] for show in rows] == [
        [True, True, False], [False, True, False], [False, False, True], [True, True, True],
    ]  # fmt: skip
    assert "Opted out of texts on" in rows["out"]


def test_merge_fields_take_the_persons_values(client: Any, clinic: Client) -> None:
    one = wrote(clinic)
    people.sign_in(client, people.alice())
    send(client, clinic, one, "Dear {{ first_name }}, {{ practice_name }} opens at nine.")
    with acting_for(clinic.pk):
        assert Answer.objects.get().words.startswith("Dear Jane, Bright Smiles opens at nine.")


def test_a_viewer_only_looks_on(client: Any, clinic: Client) -> None:
    one = wrote(clinic)
    people.sign_in(client, people.member("Vera", Role.VIEWER, client=clinic))
    assert "Send the answer" not in thread(client, clinic, one)
    assert send(client, clinic, one).status_code == 403


def test_nobody_on_a_list_is_answered_by_phone(client: Any, clinic: Client) -> None:
    one = wrote(clinic, sender="+15742310009")
    people.sign_in(client, people.alice())
    assert "Answer by phone" in thread(client, clinic, one)
    assert send(client, clinic, one).status_code == 422


def test_what_may_be_an_emergency_says_so_and_who_may_help(client: Any, clinic: Client) -> None:
    one, other = wrote(clinic, "I cannot breathe"), wrote(clinic, "See you on Tuesday", 2)
    people.sign_in(client, people.fred(clinic))
    assert "This may be an emergency." in thread(client, clinic, one)
    assert "emergency" not in thread(client, clinic, other)


def test_who_reads_spanish_is_greeted_and_told_of_stop_in_spanish(client: Any, clinic: Client) -> None:
    alice = people.alice()
    with acting_for(clinic.pk):
        Contact.objects.update(language="es")
        ready = ReadyWords.objects.create(
            client=clinic, name="Horario", words="{{ hello }}: abrimos a las nueve.", made_by=alice
        )
    one = wrote(clinic)
    people.sign_in(client, alice)
    shown = thread(client, clinic, one, ready=ready.pk)
    assert "Hola Jane: abrimos a las nueve." in shown
    assert "“Responda STOP" in shown
    send(client, clinic, one, "{{ hello }}: abrimos a las nueve.")
    with acting_for(clinic.pk):
        said = Answer.objects.get().words
        assert said.startswith("Bright Smiles: Hola Jane: abrimos a las nueve.\nResponda STOP")
        assert not answering.findings_of("Llame por su dolor", clinic)
        assert answering.findings_of("Llame por su dolor", clinic, "es"), (
            "a word that only the Spanish list knows"
        )
