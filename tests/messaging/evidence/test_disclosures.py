"""The accounting of disclosures: complete, of one person only, the same on the page, in the file and in the pack."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from compliance.models import LookupRun, NumberLookup
from consent.models import ConsentRecord, Contact
from consent.suppressing import suppress
from messaging.evidence import disclosures
from messaging.evidence.pack import pack
from messaging.evidence.subject import Subject
from messaging.models import Attempt, EvidencePack, Inbound, Message, Picture, ToldOptOut
from tenants import audit
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, Role, User
from tenants.scope import acting_for
from tests import people
from tests.api.caller import Caller
from tests.messaging.flight import address, handed, queries_of, reply
from tests.messaging.world import launched

pytestmark = pytest.mark.django_db(transaction=True)


class Case:
    """Two people were texted; of the first a number was looked up, an opt-out told, a page and a reply read."""

    def __init__(self) -> None:
        self.clinic: Client = people.clinic()
        launched(self.clinic, texts=2)
        self.bob, self.alice = people.user("Bob"), people.alice()
        handed(self.clinic)
        with acting_for(self.clinic.pk):
            message, other = Message.objects.order_by("pk")
            self.jane: Contact = Contact.objects.select_related("client__agency").get(pk=message.contact_id)
            self.other: Contact = Contact.objects.get(pk=other.contact_id)
            self._given(message)
            answered = reply(message, "SM77")
            for verb, what in (
                ("contact.viewed", self.jane),
                ("reply.viewed", answered),
                ("contact.viewed", self.other),
            ):
                audit.record(verb, what, client_id=self.clinic.pk, by=self.alice)
            audit.record("message.explained", message, client_id=self.clinic.pk, by=self.bob)

    def _given(self, message: Message) -> None:
        run = LookupRun.objects.create(client=self.clinic, reassigned=True, wanted=1, dollars=1)
        at = db_now()
        NumberLookup.objects.create(
            client=self.clinic, address_id=message.address_id, run=run, line_type="mobile", asked_since=date(2024, 1, 15),
            good_until=at,
        )  # fmt: skip
        made = suppress(self.clinic.pk, message.address_id, "sms", "staff", by=self.bob)
        ToldOptOut.objects.create(
            client=self.clinic, suppression=made, provider="twilio", tries=1, confirmed_at=at
        )

    def page(self, who: User) -> str:
        return str(
            before(who).get(address("disclosures", self.clinic, contact=self.jane.pk)).content.decode()
        )

    def file(self, who: User) -> list[dict[str, str]]:
        answer: Any = before(who).post(address("disclosures_file", self.clinic, contact=self.jane.pk))
        text = b"".join(answer.streaming_content).decode().lstrip("\ufeff")
        return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def case() -> Case:
    return Case()


def before(who: User) -> Browser:
    found: Browser = people.sign_in(Browser(), who)
    return found


def kinds(rows: list[dict[str, str]]) -> list[str]:
    return sorted(row["kind"] for row in rows)


def test_everything_given_to_providers_and_read_by_the_agency_stands_in_it(case: Case) -> None:
    rows = case.file(case.bob)
    assert kinds(rows) == ["look-up", "message", "opt-out", "seen", "seen"]
    by_kind = {row["kind"]: row for row in rows}
    assert by_kind["message"]["given to"] == "Twilio"
    assert by_kind["message"]["why"].endswith("Spring recall, step 1")
    assert "2024-01-15" in by_kind["look-up"]["what"]
    assert {row["given to"] for row in rows if row["kind"] == "seen"} == {"The agency: Alice"}
    page = case.page(case.bob)
    for row in rows:
        assert row["what"][1:] in page.replace("&#x27;", "'"), row


def test_what_the_practices_own_people_read_is_no_disclosure(case: Case) -> None:
    case.page(case.bob)
    assert not [row for row in case.file(case.bob) if "Bob" in row["given to"]]
    case.page(case.alice)
    assert [row["what"] for row in case.file(case.bob)][-1] == "this accounting", "the agency's look is one"


def test_it_names_nobody_else(case: Case) -> None:
    with acting_for(case.clinic.pk):
        found = list(disclosures.all_of(Subject(case.jane.client, contact=case.jane)))
    assert {each.about_contact for each in found} == {case.jane.pk, None}
    assert len(found) == 5
    assert case.other.first_name not in case.page(case.bob)


def test_page_file_and_pack_hold_the_same_rows(case: Case) -> None:
    file = {(row["kind"], row["reference"]) for row in case.file(case.bob)}
    raw = pack(Subject(case.jane.client, contact=case.jane))
    with zipfile.ZipFile(io.BytesIO(raw)) as zipped:
        packed = json.loads(zipped.read("data/disclosures.json"))
    mine = {(row["kind"], row["ref"]) for row in packed}
    with acting_for(case.clinic.pk):
        page = disclosures.page_of(Subject(case.clinic, contact=case.jane), db_now() - timedelta(days=1), "")
    assert file == mine == {(row.kind, row.ref) for row in page.rows}


def test_what_was_certainly_not_sent_is_none_and_what_the_provider_refused_is_one(case: Case) -> None:
    with acting_for(case.clinic.pk):
        theirs = Attempt.objects.filter(message__contact=case.jane)
        theirs.update(outcome=Attempt.Outcome.NOT_SENT)
        assert "message" not in kinds(case.file(case.bob))
        theirs.update(outcome=Attempt.Outcome.REFUSED)
        assert "message" in kinds(case.file(case.bob))


def test_what_is_older_than_six_years_is_left_out(case: Case) -> None:
    with acting_for(case.clinic.pk):
        at = db_now()
        Attempt.objects.filter(message__contact=case.jane).update(
            claimed_at=at - timedelta(days=6 * 365 + 40)
        )
        NumberLookup.objects.update(since=at - timedelta(days=6 * 365 - 10))
    assert kinds(case.file(case.bob)) == ["look-up", "opt-out", "seen", "seen"]


def test_pages_follow_each_other_without_a_gap(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disclosures, "SIZE", 2)
    with acting_for(case.clinic.pk):
        same = db_now()
        Attempt.objects.filter(message__contact=case.jane).update(claimed_at=same)
        NumberLookup.objects.update(since=same)
        ToldOptOut.objects.update(tried_at=same)
        subject, after, seen = Subject(case.clinic, contact=case.jane), "", []
        for _ in range(3):
            page = disclosures.page_of(subject, same - timedelta(days=1), after)
            seen += [(row.kind, row.ref) for row in page.rows]
            after = page.next
        assert (len(seen), len(set(seen)), after) == (5, 5, "")
        for nonsense in ("x", "1~2", "20260101T000000.000000Z~9~1", "20260101T000000.000000Z~1~-1", "a~0~b"):
            assert disclosures.page_of(subject, same - timedelta(days=1), nonsense).before is False


def test_looking_and_taking_are_on_record(case: Case) -> None:
    case.page(case.alice)
    rows = case.file(case.bob)
    with acting_for(case.clinic.pk):
        assert AuditEvent.objects.filter(verb="contact.disclosures_viewed", actor=case.alice).count() == 1
        taken = AuditEvent.objects.get(verb="contact.disclosures_exported")
    assert (taken.actor, taken.what, taken.detail) == (
        case.bob, f"consent.Contact:{case.jane.pk}", {"rows": len(rows)},
    )  # fmt: skip


def test_the_page_costs_the_same_however_much_there_is(case: Case) -> None:
    browser, path = before(case.bob), address("disclosures", case.clinic, contact=case.jane.pk)
    few = queries_of(browser, path)
    with acting_for(case.clinic.pk):
        message = Message.objects.get(contact=case.jane)
        for fence in range(10, 20):
            Attempt.objects.create(
                client=case.clinic, message=message, fence=fence, claimed_at=db_now(), begin_by=db_now(), deadline=db_now(),
                outcome="unknown",
            )  # fmt: skip
            audit.record("contact.viewed", case.jane, client_id=case.clinic.pk, by=case.alice)
    assert queries_of(browser, path) == few


def test_the_pack_that_was_taken_of_a_person_is_one_too(case: Case) -> None:
    with acting_for(case.clinic.pk):
        made = EvidencePack.objects.create(client=case.clinic, contact=case.jane, asked_by=case.alice)
        audit.record("evidence.taken", made, client_id=case.clinic.pk, by=case.alice)
    assert case.file(case.bob)[-1]["what"].startswith("an evidence pack")


def test_the_agencys_look_at_a_paper_a_picture_an_example_or_two_records_is_one(case: Case) -> None:
    with acting_for(case.clinic.pk):
        shown = Picture.objects.create(
            client=case.clinic, reply=Inbound.objects.get(), provider_id="ME1", refused="gone"
        )
        audit.record("picture.opened", shown, client_id=case.clinic.pk, by=case.alice)
        proof = ConsentRecord.objects.get(contact=case.jane)
        audit.record("consent.scan_opened", proof, client_id=case.clinic.pk, by=case.alice)
        both: dict[str, Any] = {"contact": case.other.pk, "other": case.jane.pk}
    before(case.alice).get(address("join", case.clinic, **both))
    seen = [row["what"] for row in case.file(case.bob) if row["kind"] == "seen"][2:]
    assert [each.split()[:2] for each in seen] == [["a", "picture"], ["the", "paper"], ["their", "record"]]


def test_what_a_system_read_of_the_person_with_a_key_is_one_and_a_list_is_none(case: Case) -> None:
    crm, jane = Caller(case.clinic), case.jane.pk
    with acting_for(case.clinic.pk):
        phone = case.jane.points.get(channel="sms").value
    for path in (
        f"contacts/{jane}/",
        f"messages/?contact={jane}",
        f"messages/?contact={case.other.pk}",
        "contacts/",
    ):
        assert crm.get(path).status_code == 200
    crm.post("contacts/find/", {"phone": phone})
    read = [row for row in case.file(case.bob) if row["kind"] == "key"]
    assert {row["given to"] for row in read} == {"Another system: key “CRM”"}
    assert [row["what"].partition(",")[0] for row in read] == [
        "the person's record: name", "messages to the person", "the person's record",
    ]  # fmt: skip
    assert "key “CRM”" in case.page(case.bob)


def test_it_opens_from_the_persons_page_for_the_contact_and_the_agency_alone(case: Case) -> None:
    where = address("disclosures", case.clinic, contact=case.jane.pk)
    person = address("contact", case.clinic, contact=case.jane.pk)
    assert where in before(case.bob).get(person).content.decode()
    fred = before(people.fred(case.clinic))
    assert where not in fred.get(person).content.decode()
    viewer = before(people.member("Val", Role.VIEWER, client=case.clinic))
    for refused in (fred, viewer):
        assert refused.get(where).status_code == 403
        assert refused.post(where + "file/").status_code == 403
    charlie, rival = before(people.charlie()), people.rival_clinic()
    assert charlie.get(where).status_code == charlie.post(where + "file/").status_code == 404
    assert charlie.get(address("disclosures", rival, contact=case.jane.pk)).status_code == 404
    assert Browser().get(where).status_code == 302


def test_an_empty_one_says_so(case: Case) -> None:
    with acting_for(case.clinic.pk):
        new = people.contact(case.clinic, first_name="Nell")
    page = before(case.bob).get(address("disclosures", case.clinic, contact=new.pk)).content.decode()
    assert "Nothing was given to anybody" in page
