"""The end of an engagement: everything is given back in open formats, two people agree, and nothing of anybody is left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client as Browser
from django.urls import reverse

from compliance import stopping
from compliance.models import Stop
from compliance.stopping import StoppedForGood, release
from consent.models import ConsentRecord, Contact, ContactPoint, Suppression
from consent.suppressing import suppress
from messaging.ending import asking
from messaging.ending.asking import carry_out, tend_departures
from messaging.ending.deleting import CannotDelete, delete
from messaging.ending.forgetting_again import forget_again
from messaging.evidence import erase_list
from messaging.evidence.certifying import is_genuine
from messaging.evidence.making import make_pack
from messaging.models import (
    Certificate,
    Departure,
    EvidencePack,
    LegalHold,
    Listener,
    Message,
    RawHook,
    Status,
)
from tenants import sealing
from tenants.api import tokens
from tenants.clock import db_now
from tenants.models import Client, Membership, Role, User
from tenants.scope import acting_for
from tenants.sealing_check import check
from tests import people
from tests.messaging.evidence.test_erasing import CANARIES, Case, found
from tests.tenants.sealed import superuser

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.UPLOAD_DIR, settings.LIST_FOLDERS_DIR = str(tmp_path), str(tmp_path / "lists")
    return tmp_path


@pytest.fixture
def case() -> Case:
    return Case()


@pytest.fixture
def bob(case: Case) -> User:
    return Membership.objects.get(client=case.clinic, role=Role.APPROVER).user


def as_(who: User) -> Browser:
    browser: Browser = people.sign_in(Browser(), who)
    return browser


def path(name: str, clinic: Client) -> str:
    return reverse(name, kwargs={"client": clinic.slug})


def exported(clinic: Client, by: User) -> None:
    with acting_for(clinic.pk):
        EvidencePack.objects.create(client=clinic, asked_by=by, whole=True, made_at=db_now())


def gone(case: Case) -> Certificate:
    with acting_for(case.clinic.pk):
        return delete(case.clinic, case.olive)


def refused(deed: Any, clinic: Client, *given: Any) -> str:
    with acting_for(clinic.pk), pytest.raises(CannotDelete) as why:
        deed(clinic, *given)
    return str(why.value)


def test_a_dump_decrypted_with_every_key_holds_nothing_of_anybody(case: Case, folder: Path) -> None:
    (dropped := folder / "lists" / str(case.clinic.pk)).mkdir(parents=True)  # lists that nobody took yet
    with acting_for(case.clinic.pk):
        listening = {
            "url": "https://crm.example/?key=kanarienvogel",
            "secret": "kanarienvogel",
            "kinds": ["opt_out"],
        }
        Listener.objects.create(client=case.clinic, name="CRM", made_by=case.olive, **listening)
        no = suppress(case.clinic.pk, case.message.address_id, "sms", "staff", note="Canaria called")
    assert found() == set(CANARIES), "before, all of it is there"
    made = gone(case)
    assert found() == set()
    with acting_for(case.clinic.pk):
        assert Suppression.objects.in_force(db_now()).filter(pk=no.pk).exists()
        assert made.counts["contacts"] == Contact.objects.count() > 0
        assert made.counts["kept_consents"] == ConsentRecord.objects.count() > 0
        assert not ContactPoint.objects.exists()
        assert not Listener.objects.filter(ended_at=None).exists()
    assert (is_genuine(made), dropped.exists()) == (True, False)


def test_the_record_still_verifies(case: Case) -> None:
    sealing.seal(case.clinic.pk)
    gone(case)
    sealing.seal(case.clinic.pk)
    with acting_for(case.clinic.pk):
        done = check(case.clinic.pk)
    assert (done.wrong, done.not_sealed) == (None, 0)


def test_a_rival_keeps_everything(case: Case) -> None:
    rival = people.rival_clinic()
    with acting_for(rival.pk):
        theirs = people.contact(rival, first_name="Rita", phone="+15742319876")
    gone(case)
    with acting_for(rival.pk):
        theirs.refresh_from_db()
        assert theirs.first_name == "Rita"
        assert ContactPoint.objects.get().value == "+15742319876"


def test_a_restored_backup_is_made_to_forget_again(case: Case) -> None:
    gone(case)
    assert [each[:2] for each in erase_list.noted()] == [(case.clinic.pk, None)]
    assert forget_again() == (0, []), "what is deleted is passed over"
    Client.objects.filter(pk=case.clinic.pk).update(closed_at=None)
    with acting_for(case.clinic.pk):
        Contact.objects.filter(pk=case.her.pk).update(first_name="Canaria")
    assert forget_again() == (1, [])
    assert found() == set()


@pytest.mark.parametrize("over", ["contact", "campaign", "client"])
def test_any_legal_hold_keeps_everything(case: Case, over: str, bob: User) -> None:
    values: dict[str, Any] = {
        "contact": {"contact": case.her},
        "campaign": {"campaign": case.campaign},
        "client": {},
    }
    exported(case.clinic, bob)
    with acting_for(case.clinic.pk):
        LegalHold.objects.create(client=case.clinic, reason="A suit", by=bob, **values[over])
    assert "legal hold" in refused(asking.ask, case.clinic, bob)
    assert "legal hold" in refused(delete, case.clinic, bob)
    assert found() == set(CANARIES)


def test_while_a_message_is_on_its_way_it_is_put_off_and_tried_again(case: Case, bob: User) -> None:
    exported(case.clinic, bob)
    with acting_for(case.clinic.pk):
        asking.ask(case.clinic, bob)
        asking.agree(case.clinic, case.olive)
    with superuser() as cursor:
        cursor.execute("UPDATE messaging_message SET status = 'unknown' WHERE id = %s", [case.message.pk])
    assert not carry_out(case.clinic.pk)
    assert found() == set(CANARIES)
    page = as_(case.olive).get(path("ending", case.clinic)).content.decode()
    assert "its outcome is still being asked for" in page
    with superuser() as cursor:
        cursor.execute("UPDATE messaging_message SET status = 'accepted' WHERE id = %s", [case.message.pk])
    with acting_for(case.clinic.pk):
        RawHook.objects.update(applied_at=None)
    assert not carry_out(case.clinic.pk), "a webhook waits to be read"
    with acting_for(case.clinic.pk):
        RawHook.objects.update(applied_at=db_now())
    assert tend_departures() == 1
    assert tend_departures() == 0
    assert found() == set()


def test_two_people_end_it_and_both_sides_get_the_certificate(case: Case, bob: User) -> None:
    owner, contact = as_(case.olive), as_(bob)
    assert "Make the file first" in owner.get(path("ending", case.clinic)).content.decode()
    assert "Make the export first" in refused(asking.ask, case.clinic, case.olive)
    owner.post(path("ending_export", case.clinic))
    with acting_for(case.clinic.pk):
        pack = EvidencePack.objects.get()
    assert make_pack(case.clinic.pk, pack.pk)
    assert owner.post(path("ending_ask", case.clinic), {"name": "Bright"}).status_code == 422
    assert owner.post(path("ending_ask", case.clinic), {"name": " bright  smiles"}).status_code == 302
    with acting_for(case.clinic.pk):
        assert Stop.objects.filter(campaign=None, ended_at=None).exists(), "sending is paused"
    (letter,) = [each for each in mail.outbox if each.to == [bob.email]]
    assert "deletion of all data was asked for" in letter.subject
    mine = owner.get(path("ending", case.clinic)).content.decode()
    assert "Somebody else must agree" in mine
    assert "Agree: delete" not in mine
    assert "Somebody else must agree" in refused(asking.agree, case.clinic, case.olive)
    assert "Agree: delete" in contact.get(path("ending", case.clinic)).content.decode()
    mail.outbox.clear()
    contact.post(path("ending_agree", case.clinic), {"name": "Bright Smiles"})
    assert carry_out(case.clinic.pk)
    assert found() == set()
    assert {each.to[0] for each in mail.outbox} >= {bob.email, case.olive.email}
    names = [name for name, _, _ in mail.outbox[-1].attachments]
    assert names == ["certificate.json", "certificate.sig.txt"]
    assert contact.get(path("ending", case.clinic)).status_code == 404, "the practice's own people are out"
    page = owner.get(path("ending", case.clinic)).content.decode()
    assert "The data of this practice is deleted" in page
    assert "Certificate" in page


@pytest.mark.parametrize(
    "stands, says", [(True, "No hand-over begins from now on."), (False, "still being handed over")]
)
def test_who_asks_is_told_whether_anything_is_still_being_handed_over(
    case: Case, monkeypatch: pytest.MonkeyPatch, stands: bool, says: str
) -> None:
    exported(case.clinic, case.olive)
    waited_for: list[Stop] = []

    def stands_now(made: Stop) -> bool:
        waited_for.append(made)
        return stands

    monkeypatch.setattr(stopping, "stands", stands_now)
    owner = as_(case.olive)
    owner.post(path("ending_ask", case.clinic), {"name": "Bright Smiles"})
    assert says in owner.get(path("ending", case.clinic)).content.decode()
    with acting_for(case.clinic.pk):
        assert waited_for == [Stop.objects.get(campaign=None, ended_at=None)]


def test_two_of_the_agency_do_not_delete_what_is_the_practices(case: Case, bob: User) -> None:
    second = people.member("Oscar", Role.OWNER, of=people.agency())
    exported(case.clinic, bob)
    with acting_for(case.clinic.pk):
        asking.ask(case.clinic, case.olive)
    assert "own compliance contact must be one of the two" in refused(asking.agree, case.clinic, second)
    Membership.objects.filter(user=bob).update(ended_at=db_now())
    with acting_for(case.clinic.pk):
        asking.agree(case.clinic, second)  # nobody of the practice is left


def test_the_database_takes_no_deletion_by_one_person(case: Case) -> None:
    with acting_for(case.clinic.pk), pytest.raises(IntegrityError), transaction.atomic():
        Departure.objects.create(
            client=case.clinic, asked_by=case.olive, agreed_by=case.olive, agreed_at=db_now()
        )


def test_it_is_taken_back_until_the_second_has_agreed(case: Case, bob: User) -> None:
    exported(case.clinic, bob)
    with acting_for(case.clinic.pk):
        asking.ask(case.clinic, bob)
    assert "asked for this already" in refused(asking.ask, case.clinic, case.olive)
    as_(case.olive).post(path("ending_withdraw", case.clinic))
    assert "Nobody asks for it any more" in refused(asking.agree, case.clinic, case.olive)
    with acting_for(case.clinic.pk):
        asking.ask(case.clinic, bob)
        asking.agree(case.clinic, case.olive)
    assert "nothing to take back" in refused(asking.withdraw, case.clinic, bob)


def test_afterwards_pages_are_read_only_and_nothing_is_sent(case: Case) -> None:
    with acting_for(case.clinic.pk):
        key = str(tokens.make(case.clinic, name="CRM", scopes=["contacts:read"], days=30, by=case.olive)[1])
    gone(case)
    owner = as_(case.olive)
    assert owner.get(path("records", case.clinic)).status_code == 200
    answer = owner.post(path("location_new", case.clinic), {"name": "X", "time_zone": "America/Chicago"})
    assert answer.status_code == 403
    assert "The engagement ended" in answer.content.decode()
    assert owner.post(path("records_file", case.clinic)).status_code == 200
    assert Browser().get("/api/v1/contacts/", headers={"Authorization": f"Bearer {key}"}).status_code == 401
    with acting_for(case.clinic.pk):
        assert not Message.objects.filter(status=Status.QUEUED).exists()
        with pytest.raises(StoppedForGood):
            release(case.clinic, None, case.olive)
