"""Keys rotate beside traffic, may be killed and begun again, and forget nobody."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from encrypted_model_fields import fields as emf

from campaigns.models import Approval, ApprovalDocument, Comment
from consent.models import Address, AddressHash, Contact, ContactPoint, Suppression
from consent.rehashing import rehash_all
from tenants import rotation
from tenants.clock import db_now
from tenants.models import EmergencyAccess, User
from tenants.scope import acting_for
from tenants.sign_in import SecondFactorAdapter
from tests import people
from tests.walked import objects_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put encryption keys in force; the package reads its setting at import."""

    def use(*given: str) -> None:
        settings.FIELD_ENCRYPTION_KEY = list(given)
        monkeypatch.setattr(emf, "CRYPTER", emf.get_crypter())

    return use


def rotate() -> str:
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    return out.getvalue()


def test_after_a_rotation_the_old_key_is_not_needed(keys: Any) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    clinic = people.clinic()
    keys(old)
    with acting_for(clinic.pk):
        people.contact(clinic, first_name="Jane", phone="+15742310611")
    keys(new, old)
    assert "consent_contact: 2 values" in rotate()
    keys(new)
    with acting_for(clinic.pk):
        assert Contact.objects.get().first_name == "Jane"
        assert ContactPoint.objects.get().value == "+15742310611"
    assert "consent_contact: 0 values" in rotate()


def test_the_browser_of_a_signature_takes_the_new_key_and_is_the_same(keys: Any) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    clinic = people.clinic()
    keys(old)
    with acting_for(clinic.pk):
        made = people.approve(people.campaign(clinic), people.bob(clinic), browser="Phone")
    keys(new, old)
    assert "campaigns_approval: 1 values" in rotate()
    keys(new)
    with acting_for(clinic.pk):
        made.refresh_from_db()
        assert made.browser == "Phone"


def test_everything_takes_the_new_key_also_what_is_never_changed(keys: Any) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    keys(old)
    clinic = people.clinic()
    objects_of(clinic)
    with acting_for(clinic.pk):
        given = Approval.objects.get()
        ApprovalDocument.objects.create(
            client=clinic, approval=given, file="JVBERi0=", sha256="0" * 64, block=0
        )
        EmergencyAccess.objects.update(ended_at=db_now())
    keys(new, old)
    rotate()
    keys(new)
    assert {line.split(": ")[1] for line in rotate().splitlines() if "re-encrypted" in line} == {
        "0 values re-encrypted"
    }
    with acting_for(clinic.pk):
        assert ApprovalDocument.objects.get().file == "JVBERi0="
        assert Comment.objects.get().words == "Too long"
        assert EmergencyAccess.objects.get().reason == "A launch goes wrong."


def test_the_application_may_write_each_column_that_is_encrypted() -> None:
    columns = [
        (m._meta.db_table, f.column) for m, fields in rotation.encrypted_fields().items() for f in fields
    ]
    with connection.cursor() as cursor:
        for table, column in columns:
            cursor.execute("SELECT has_column_privilege('cts_app', %s, %s, 'UPDATE')", [table, column])
            assert cursor.fetchone() == (True,), (table, column)


@pytest.mark.parametrize("column", ["words", "position"])
def test_under_a_rotation_only_what_is_encrypted_changes(column: str) -> None:
    clinic = people.clinic()
    objects_of(clinic)
    change = f"UPDATE campaigns_comment SET {column} = {column}"
    with acting_for(clinic.pk), connection.cursor() as cursor:
        cursor.execute(change)
        said = {"words": "words || 'x'", "position": "9"}[column]
        cursor.execute(
            "SELECT set_config('app.rewrapping', %s, true)", ["on" if column == "position" else ""]
        )
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            cursor.execute(f"UPDATE campaigns_comment SET {column} = {said}")


def test_a_missing_key_is_said_and_nothing_is_lost(keys: Any) -> None:
    clinic = people.clinic()
    old = Fernet.generate_key().decode()
    keys(old)
    with acting_for(clinic.pk):
        people.contact(clinic)
    keys(Fernet.generate_key().decode())
    with pytest.raises(CommandError, match="Put the missing key"):
        rotate()


def test_an_edit_made_meanwhile_is_not_undone(keys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    clinic = people.clinic()
    keys(old)
    with acting_for(clinic.pk):
        people.contact(clinic, first_name="Jane")
    keys(new, old)
    under = rotation._is_under

    def edit_first(newest: Fernet, token: str) -> bool:
        Contact.objects.update(first_name="Edited")
        return under(newest, token)

    monkeypatch.setattr(rotation, "_is_under", edit_first)
    with acting_for(clinic.pk):
        rotation._rewrap("consent_contact", "id", "first_name", [clinic.pk])
        assert Contact.objects.get().first_name == "Edited"


def test_a_suppression_made_under_an_old_hash_key_still_matches(settings: Any) -> None:
    clinic = people.clinic()
    settings.HASH_KEYS = {1: b"1" * 32}
    with acting_for(clinic.pk):
        gone = Address.objects.resolve("sms", ["+15742310611"])["+15742310611"]
        Suppression.objects.create(client=clinic, address_id=gone, channel="sms", source="keyword")
        people.contact(clinic, phone="+15742310612")
    settings.HASH_KEYS = {2: b"2" * 32, 1: b"1" * 32}
    rotate()
    with acting_for(clinic.pk):
        assert Address.objects.resolve("sms", ["+15742310611"])["+15742310611"] == gone
    kept = ContactPoint.objects
    with acting_for(clinic.pk):
        versions = AddressHash.objects.filter(address=kept.get().address_id).values_list(
            "key_version", flat=True
        )
        assert sorted(versions) == [1, 2]


def second_factors(of: User) -> tuple[str, list[str]]:
    """What an authenticator app and the recovery codes are made of, decrypted as the sign-in does."""
    rows = {row.type: row for row in Authenticator.objects.filter(user=of)}
    codes = rows["recovery_codes"].wrap().get_unused_codes()
    return SecondFactorAdapter().decrypt(rows["totp"].data["secret"]), codes


def test_second_factors_rotate_too_and_a_used_code_stays_used(keys: Any) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    alice = people.alice()
    keys(old)
    TOTP.activate(alice, "JBSWY3DPEHPK3PXP")
    codes = RecoveryCodes.activate(alice)
    assert codes.validate_code(codes.generate_codes()[0])
    before = second_factors(alice)
    keys(new, old)
    assert "mfa_authenticator: 2 values" in rotate()
    assert "mfa_authenticator: 0 values" in rotate()
    keys(new)
    assert second_factors(alice) == before
    assert len(before[1]) == 9


def test_a_rotation_that_broke_off_goes_on_with_the_second_factors_left(keys: Any) -> None:
    old, new, lost = (Fernet.generate_key().decode() for _ in range(3))
    alice, olive = people.alice(), people.olive()
    keys(old)
    TOTP.activate(alice, "JBSWY3DPEHPK3PXP")
    keys(lost)
    TOTP.activate(olive, "JBSWY3DPEHPK3PXQ")
    keys(new, old)
    with pytest.raises(CommandError, match="Put the missing key"):
        rotate()
    keys(new, lost)  # what was done before it broke off needs the old key no more
    assert "mfa_authenticator: 1 values" in rotate()
    for who, secret in ((alice, "JBSWY3DPEHPK3PXP"), (olive, "JBSWY3DPEHPK3PXQ")):
        assert SecondFactorAdapter().decrypt(Authenticator.objects.get(user=who).data["secret"]) == secret


def test_every_encrypted_field_there_is_gets_rotated() -> None:
    tables = {model._meta.db_table for model in rotation.encrypted_fields()}
    assert {"consent_contact", "consent_contactpoint", "messaging_attempt", "tenants_agreement"} <= tables


def test_addresses_are_hashed_anew_once_and_a_later_round_finds_nothing_to_do(settings: Any) -> None:
    clinic = people.clinic()
    settings.HASH_KEYS = {1: b"1" * 32}
    with acting_for(clinic.pk):
        people.contact(clinic, phone="+15742310612")
        people.contact(clinic, phone="+15742310612")
    settings.HASH_KEYS = {2: b"2" * 32, 1: b"1" * 32}
    assert [made for _, made in rehash_all()] == [AddressHash.objects.count() - 1]
    assert [made for _, made in rehash_all()] == [0]
