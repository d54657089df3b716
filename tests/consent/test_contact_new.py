"""One person typed in by hand: what is kept, who is shown first, and what it never is: a consent."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from consent.models import ConsentRecord, Contact, ContactPoint, Suppression
from consent.suppressing import suppress
from tenants.models import AuditEvent, Channel, Client, Role, User
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db
NEW = "/c/bright-smiles/contacts/new/"
JANE = {"first_name": "Jane", "last_name": "Doe", "phone": "(574) 231-0642", "email": "", "language": "en"}


def typed(by: User, **other: Any) -> Any:
    return people.sign_in(Browser(), by).post(NEW, JANE | other)


def known(of: Client) -> list[str]:
    with acting_for(of.pk):
        return [each.name for each in Contact.objects.order_by("pk")]


def test_whoever_is_typed_in_is_on_the_list_without_a_yes_and_it_is_asked_for_next() -> None:
    clinic = people.clinic()
    fred = people.fred(clinic)
    answer = typed(fred, state="Indiana", last_visit="2025-03-02", birth_date="2015-05-09")
    with acting_for(clinic.pk):
        jane = Contact.objects.get()
        assert answer["Location"] == f"/c/bright-smiles/contacts/{jane.pk}/consent/"
        assert (jane.name, jane.state, str(jane.last_visit)) == ("Jane Doe", "IN", "2025-03-02")
        assert str(jane.adult_from) == "2033-06-01"
        assert ContactPoint.objects.get().value == "+15742310642"
        assert not ConsentRecord.objects.exists()
        noted = AuditEvent.objects.get(verb="contact.typed")
        assert (noted.actor, noted.what) == (fred, f"consent.Contact:{jane.pk}")
    page = people.sign_in(Browser(), fred).get("/c/bright-smiles/contacts/")
    assert NEW in page.content.decode()


def test_the_same_person_is_shown_first_and_then_joined_never_doubled() -> None:
    clinic, alice = people.clinic(), people.alice()
    typed(alice)
    looked = typed(alice, email="jane@example.org")
    page = looked.content.decode()
    assert looked.status_code == 422
    assert "on the list already" in page
    with acting_for(clinic.pk):
        assert not ContactPoint.objects.filter(channel=Channel.EMAIL).exists()
        jane = Contact.objects.get()
        assert f"/contacts/{jane.pk}/" in page
    typed(alice, email="jane@example.org", seen=looked.context["form"].data["seen"])
    with acting_for(clinic.pk):
        assert Contact.objects.get() == jane
        assert ContactPoint.objects.filter(contact=jane).count() == 2


def test_somebody_else_with_the_number_and_its_opt_out_are_shown_before_another_is_added() -> None:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        john = people.contact(clinic, first_name="John", phone="+15742310642")
        spot = ContactPoint.objects.get(contact=john)
        suppress(clinic.pk, spot.address_id, Channel.SMS, Suppression.Source.KEYWORD)
    looked = typed(alice)
    page = looked.content.decode()
    assert "somebody’s already" in page
    assert "Opted out of texts on " in page
    assert known(clinic) == ["John Doe"]
    assert typed(alice, seen=looked.context["form"].data["seen"]).status_code == 302
    with acting_for(clinic.pk):
        assert Contact.objects.values("household").distinct().count() == 1
        assert Contact.objects.count() == 2
        assert Suppression.objects.get().ended_at is None


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"phone": ""}, "No phone number and no e-mail address"),
        ({"phone": "574-231"}, "number"),
        ({"email": "jane@@example"}, "after the @"),
        ({"state": "Atlantis"}, "no US state"),
        ({"last_visit": "2999-01-01"}, "in the future"),
    ],
)
def test_what_cannot_be_read_is_not_left_out_but_refused(wrong: dict[str, str], says: str) -> None:
    clinic = people.clinic()
    answer = typed(people.alice(), **wrong)
    assert answer.status_code == 422
    (says_so,) = answer.context["form"].errors.values()
    assert says in says_so.as_text()
    assert known(clinic) == []


def test_a_covered_client_without_an_agreement_takes_in_nobody() -> None:
    clinic = people.clinic(covered=Client.Covered.COVERED)
    answer = typed(people.alice())
    assert answer.status_code == 403
    assert "File the agreement" in answer.content.decode()
    assert known(clinic) == []


def test_viewers_strangers_and_rivals_add_nobody() -> None:
    clinic, rival = people.clinic(), people.rival_clinic()
    assert typed(people.member("Vera", Role.VIEWER, client=clinic)).status_code == 403
    assert typed(people.charlie()).status_code == 404
    assert typed(people.alice(), guardian_external_id="7").status_code == 302
    assert known(rival) == []
