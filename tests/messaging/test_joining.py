"""One person on the list twice: found, compared, joined without losing a no, a proof or a word, and parted again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.audience import people as audience
from campaigns.bookings.reading import Line
from campaigns.bookings.taking import _Whose
from campaigns.models import Booking, Campaign
from consent.importing.planning import Planner
from consent.models import ConsentRecord, Contact, ContactPoint, Merge, Pause, Suppression
from consent.suppressing import suppress
from messaging.duplicates.finding import households
from messaging.duplicates.merging import merge, part
from messaging.duplicates.preparing import CannotMerge, prepare
from messaging.evidence.erasing import erase
from messaging.models import LegalHold, Message, Status
from tenants.clock import db_now
from tenants.hashing import word_hashes
from tenants.models import AuditEvent, Client, User
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import handed
from tests.messaging.world import MAIL, launched

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def bob(clinic: Client) -> User:
    return people.bob(clinic)


def known(of: Client, first: str = "Jane", last: str = "Doe", **values: Any) -> Contact:
    words = sorted(word_hashes(of.pk, [first.lower(), last.lower()]))
    return people.contact(of, first_name=first, last_name=last, name_words=words, **values)


def two(of: Client, **values: Any) -> tuple[Contact, Contact]:
    """Jane twice, with one telephone and two mail addresses."""
    phone = people.a_phone()
    first = known(of, phone=phone, email="jane@example.org", external_id="P-7")
    return first, known(of, phone=phone, email="jd@example.org", household=first.household, **values)


def in_use(contact: Contact) -> set[str]:
    return set(ContactPoint.objects.filter(contact=contact, ended_at=None).values_list("value", flat=True))


def test_the_same_name_in_one_household_is_found_and_a_family_is_not(clinic: Client) -> None:
    with acting_for(clinic.pk):
        jane, again = two(clinic)
        known(clinic, "John", phone=people.a_phone(), household=jane.household)
        twin = known(clinic, "Ann", household=jane.household + 10_000, adult_from=date(2030, 5, 1))
        known(clinic, "Ben", household=twin.household, adult_from=date(2030, 5, 1))
        junior = known(clinic, "Sam", household=jane.household + 20_000, adult_from=date(2031, 1, 1))
        known(clinic, "Sam", household=junior.household, adult_from=date(1990, 1, 1))
        mangled = known(clinic, "Ed", external_id="P-0042", household=jane.household + 30_000)
        other = known(clinic, "Edward", external_id="p0042", household=mangled.household)
        found, more = households(clinic.pk)
        assert [each.pairs for each in found] == [[(jane.pk, again.pk)], [(mangled.pk, other.pk)]]
        assert more == 0
        assert len(households(clinic.pk, only_pairs=False)[0]) == 4
        with CaptureQueriesContext(connection) as asked:
            households(clinic.pk)
    assert len(asked) < 12, "however many there are"


def test_joined_they_are_one_person_whose_opt_outs_hold(clinic: Client, bob: User) -> None:
    with acting_for(clinic.pk):
        jane, again = two(clinic)
        point = ContactPoint.objects.get(contact=again, channel="email")
        suppress(clinic.pk, point.address_id, "email", Suppression.Source.KEYWORD)
        phone = ContactPoint.objects.get(contact=jane, channel="sms")
        merge(jane.pk, again.pk, bob)
        assert in_use(jane) == {phone.value, "jane@example.org"}, "one address stays in use for each channel"
        assert in_use(again) == set()
        assert ContactPoint.objects.get(pk=point.pk).contact_id == jane.pk, "the other is known still"
        assert Suppression.objects.filter(address=point.address_id, ended_at=None).exists()
        assert list(Contact.objects.filter(merged_into=jane)) == [again]
        made = Campaign.objects.create(client=clinic, name="A", purpose="recall")
        assert list(audience(made)) == [jane]
        assert AuditEvent.objects.filter(verb="contact.joined").exists()


def test_every_proof_of_a_yes_goes_along_and_a_later_no_wins(clinic: Client, bob: User) -> None:
    with acting_for(clinic.pk):
        jane, again = two(clinic)
        written = people.consent(again)
        recall = people.consent(jane, purpose="recall", tier="verbal")
        taken_back = people.consent(again, purpose="recall")
        ConsentRecord.objects.filter(pk=taken_back.pk).end(db_now())
        done = merge(jane.pk, again.pk, bob)
        copy = ConsentRecord.objects.get(contact=jane, purpose="marketing")
        for name in ("tier", "method", "wording", "since", "address_id", "evidence"):
            assert getattr(copy, name) == getattr(written, name)
        assert ConsentRecord.objects.get(pk=written.pk).ended_at is None, "the proof stays where it was given"
        assert ConsentRecord.objects.get(pk=recall.pk).ended_at is not None
        assert (done.counts["consents"], done.counts["revoked"]) == (1, 1)


def test_lists_that_name_the_former_number_mean_the_one_that_stays(clinic: Client, bob: User) -> None:
    with acting_for(clinic.pk):
        jane, again = two(clinic, external_id="P-8")
        merge(jane.pk, again.pk, bob)
        assert Planner(clinic.pk)._by_number(["P-7", "P-8"]) == {"P-7": jane.pk, "P-8": jane.pk}
        assert _Whose.of([Line(2, external_id="P-8")]).by_number == {"P-8": jane.pk}


def test_a_newer_yes_of_the_kind_is_no_taking_back(clinic: Client, bob: User) -> None:
    with acting_for(clinic.pk):
        jane, again = two(clinic)
        people.consent(jane)
        ConsentRecord.objects.filter(pk=people.consent(again).pk).end(db_now())
        people.consent(again)
        assert prepare(jane, again).revoked == []


def test_the_stricter_fact_wins(clinic: Client, bob: User) -> None:
    with acting_for(clinic.pk):
        jane, again = two(
            clinic,
            deceased=True,
            adult_from=date(2040, 1, 1),
            last_visit=date(2025, 1, 1),
            window_key="OH/America/New_York",
            language="es",
        )
        Pause.objects.create(client=clinic, contact=again, reason="asks")
        ward = people.contact(clinic, first_name="Kim", guardian=again)
        merge(jane.pk, again.pk, bob)
        jane.refresh_from_db()
        ward.refresh_from_db()
        assert (jane.deceased, jane.adult_from, jane.last_visit) == (True, date(2040, 1, 1), date(2025, 1, 1))
        assert all(place in jane.window_key for place in ("OH/", "IN/"))
        assert Pause.objects.filter(contact=jane, ended_at=None).exists()
        assert (jane.language, ward.guardian_id) == ("es", jane.pk)


@pytest.fixture
def both_planned(clinic: Client) -> tuple[Contact, Contact]:
    """A campaign of one mail that waits for both records, at two addresses."""
    launched(clinic, MAIL, texts=2)
    with acting_for(clinic.pk):
        first, second = Contact.objects.order_by("pk")
        assert Message.objects.filter(status=Status.QUEUED).count() == 2
        return first, second


def waiting(of: Contact) -> list[str]:
    return list(Message.objects.filter(contact=of, status=Status.QUEUED).values_list("status", flat=True))


def test_what_both_were_to_get_is_sent_once(clinic: Client, both_planned: tuple[Contact, Contact]) -> None:
    first, second = both_planned
    with acting_for(clinic.pk):
        done = merge(first.pk, second.pk, people.user("Bob"))
        assert done.counts["cancelled"] == 1
        assert len(waiting(first)) == 1
        assert waiting(second) == []


def test_who_was_written_to_through_one_record_is_not_through_the_other(
    clinic: Client, both_planned: tuple[Contact, Contact]
) -> None:
    first, second = both_planned
    with acting_for(clinic.pk):
        Message.objects.filter(contact=first).update(due_at=db_now() + timedelta(days=2))
    handed(clinic, provider="sendgrid")
    with acting_for(clinic.pk):
        assert Message.objects.get(contact=second).status == Status.ACCEPTED
        merge(first.pk, second.pk, people.user("Bob"))
        assert waiting(first) == []
        assert Message.objects.filter(contact=first, status=Status.ACCEPTED).count() == 1, "it went along"


def test_a_message_that_only_the_other_has_goes_on(
    clinic: Client, both_planned: tuple[Contact, Contact]
) -> None:
    first, second = both_planned
    with acting_for(clinic.pk):
        Message.objects.filter(contact=first).delete()
        ContactPoint.objects.filter(contact=first, channel="email").delete()
        merge(first.pk, second.pk, people.user("Bob"))
    handed(clinic, provider="sendgrid")
    with acting_for(clinic.pk):
        assert Message.objects.get(contact=first).status == Status.ACCEPTED


def test_parted_each_has_its_own_again_and_what_was_strict_stays(clinic: Client, bob: User) -> None:
    with acting_for(clinic.pk):
        jane, again = two(clinic, last_visit=date(2025, 1, 1))
        before = [in_use(jane), in_use(again), jane.last_visit]
        yes = people.consent(again)
        booked = Booking.objects.create(client=clinic, contact=again, booked_at=db_now(), status="booked")
        done = merge(jane.pk, again.pk, bob)
        ConsentRecord.objects.filter(contact=jane).end(db_now())  # taken back while they were one
        Pause.objects.create(client=clinic, contact=jane, reason="asks who we are")
        Contact.objects.filter(pk=jane.pk).update(deceased=True)
        part(done.pk, bob)
        jane.refresh_from_db()
        again.refresh_from_db()
        assert [in_use(jane), in_use(again), jane.last_visit] == before
        assert again.merged_into_id is None
        assert Booking.objects.get(pk=booked.pk).contact_id == again.pk
        assert ConsentRecord.objects.get(pk=yes.pk).ended_at is not None
        assert {each.contact_id for each in Pause.objects.filter(ended_at=None)} == {jane.pk, again.pk}
        assert jane.deceased
        assert again.deceased
        assert Merge.objects.get().before == {}
        with pytest.raises(CannotMerge, match="two again already"):
            part(done.pk, bob)


def test_the_newest_is_parted_first_and_chains_are_not_made(clinic: Client, bob: User) -> None:
    with acting_for(clinic.pk):
        jane, again = two(clinic)
        third = known(clinic, email="third@example.org")
        first = merge(jane.pk, again.pk, bob)
        with pytest.raises(CannotMerge, match="Keep that one instead"):
            merge(third.pk, jane.pk, bob)
        second = merge(jane.pk, third.pk, bob)
        with pytest.raises(CannotMerge, match="Part that one first"):
            part(first.pk, bob)
        part(second.pk, bob)
        part(first.pk, bob)


def test_guardians_holds_and_messages_under_way_keep_two_records_two(clinic: Client, bob: User) -> None:
    with acting_for(clinic.pk):
        jane, again = two(clinic)
        child = known(clinic, guardian=jane, email="kid@example.org")
        with pytest.raises(CannotMerge, match="guardian"):
            merge(jane.pk, child.pk, bob)
        hold = LegalHold.objects.create(client=clinic, contact=again, reason="A suit")
        with pytest.raises(CannotMerge, match="legal hold"):
            merge(jane.pk, again.pk, bob)
        hold.delete()
        merge(jane.pk, again.pk, bob)


def test_erasing_the_person_erases_both_records_and_the_way_back(clinic: Client, bob: User) -> None:
    with acting_for(clinic.pk):
        jane, again = two(clinic, last_visit=date(2025, 1, 1))
        done = merge(jane.pk, again.pk, bob)
        erase(jane.pk, bob)
        again.refresh_from_db()
        done.refresh_from_db()
        assert (again.first_name, again.last_name, done.before) == ("", "", {})
        assert not ContactPoint.objects.filter(contact__in=[jane, again]).exists()
        with pytest.raises(CannotMerge, match="no way back"):
            part(done.pk, bob)


def test_the_pages_compare_in_numbers_join_and_part(clinic: Client, bob: User) -> None:
    with acting_for(clinic.pk):
        jane, again = two(clinic)
        people.consent(again)
    browser = people.sign_in(Browser(), people.alice())
    listed = browser.get(reverse("duplicates", args=[clinic.slug])).content.decode()
    page = reverse("join", args=[clinic.slug, jane.pk, again.pk])
    assert page in listed
    assert "jane@example.org" not in listed, "masked, as in the list"
    told = browser.get(page).content.decode()
    assert "1 consent is copied with its proof." in told
    assert "jd@example.org" not in told
    browser.post(page)
    there = browser.get(reverse("contact", args=[clinic.slug, jane.pk])).content.decode()
    assert "Part them" in there
    assert (
        "joined into another"
        in browser.get(reverse("contact", args=[clinic.slug, again.pk])).content.decode()
    )
    assert (
        f"/contacts/{again.pk}/" not in browser.get(reverse("contacts", args=[clinic.slug])).content.decode()
    )
    with acting_for(clinic.pk):
        done = Merge.objects.get()
    browser.post(reverse("part", args=[clinic.slug, done.pk]))
    assert f"/contacts/{again.pk}/" in browser.get(reverse("contacts", args=[clinic.slug])).content.decode()
    desk, stranger = (
        people.sign_in(Browser(), people.fred(clinic)),
        people.sign_in(Browser(), people.charlie()),
    )
    assert desk.post(page).status_code == 403
    assert stranger.get(page).status_code == stranger.post(page).status_code == 404
