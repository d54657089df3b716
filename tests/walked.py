"""One object of each kind at a clinic, by the name its id has in addresses: what the walker walks with."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from campaigns import comments
from campaigns.bookings import hooks
from campaigns.models import (
    Approval,
    ApprovalRequest,
    BookingFile,
    CampaignNote,
    Delegation,
    Loosening,
    OwnTemplate,
    SavedAudience,
    SigningRule,
    Step,
)
from consent.models import (
    Address,
    ConsentRecord,
    ContactPoint,
    Import,
    Keyword,
    ListSource,
    Merge,
    OptOutList,
    SignupForm,
)
from consent.suppressing import suppress
from messaging.models import (
    EvidencePack,
    Inbound,
    LegalHold,
    Listener,
    Message,
    Picture,
    ReadyWords,
    Status,
    Telling,
)
from messaging.outbox import launch, plan
from tenants.api import tokens
from tenants.clock import db_now
from tenants.models import (
    Client,
    EmergencyAccess,
    Invitation,
    Location,
    Membership,
    Role,
    Scope,
    Sender,
    User,
)
from tenants.scope import acting_for
from tenants.webhook_signing import new_secret
from tests import people


def objects_of(clinic: Client) -> dict[str, Any]:
    """Ids by kwarg name. A new kind of id in an address is added here, or the walker fails."""
    signer = people.bob(clinic)
    with acting_for(clinic.pk):
        location = Location.objects.create(client=clinic, name="Main", time_zone="America/New_York")
        people.sms_sender(clinic)
        jane = people.contact(clinic, phone=people.a_phone(), email="jane@example.org")
        people.consent(jane)
        made = people.campaign(clinic, {"channel": "sms"})
        people.ready(clinic)
        people.approve(made, signer)
        made.refresh_from_db()
        launched = launch(made, by=None)
    plan(launched)
    with acting_for(clinic.pk):
        message = Message.objects.get()
        listed = Import.objects.create(
            client=clinic,
            file_name="list.csv",
            file_sha256="0" * 64,
            state=Import.State.DONE,
            done_at=db_now() - timedelta(days=1),
        )
        reply = Inbound.objects.create(
            client=clinic, channel="sms", provider_id="SM1", address_id=message.address_id, contact=jane,
            value="+15742310611", body="Who is this?", label="unsure", rule="test",
        )  # fmt: skip
        invited = Invitation.objects.create(
            token_hash=secrets.token_bytes(32), email="new@example.org", name="New", role=Role.VIEWER, client=clinic, invited_by=signer,
            expires_at=db_now() + timedelta(days=7),
        )  # fmt: skip
        listener = Listener.objects.create(
            client=clinic, name="CRM", url="https://crm.example/", secret=new_secret(), kinds=["reply"], made_by=signer
        )  # fmt: skip
        assert message.status == Status.QUEUED
        other = people.contact(clinic, first_name="John", merged_into=jane)
        return {
            "other": other.pk,
            "merge": Merge.objects.create(client=clinic, kept=jane, gone=other, by=signer).pk,
            "campaign": made.pk,
            "step": Step.objects.get().pk,
            "contact": jane.pk,
            "point": ContactPoint.objects.filter(contact=jane, channel="sms").get().pk,
            "consent": ConsentRecord.objects.get(contact=jane).pk,
            "suppression": suppress(
                clinic.pk,
                Address.objects.resolve("email", ["gone@example.org"])["gone@example.org"],
                "email",
                "staff",
            ).pk,
            "token": tokens.make(clinic, name="CRM", scopes=Scope.values, days=30, by=signer)[0].pk,
            "message": message.pk,
            "location": location.pk,
            "member": Membership.objects.get(user=signer, client=clinic).pk,
            "import_id": listed.pk,
            "reply": reply.pk,
            "keyword": Keyword.objects.create(
                client=clinic,
                word="JOIN",
                number="+15742310600",
                wording="Yes.",
                purposes=["care"],
                made_by=signer,
            ).pk,
            "signup": SignupForm.objects.create(
                public_id=secrets.token_hex(11), client=clinic, name="Website"
            ).pk,
            "opt_out_list": OptOutList.objects.create(
                client=clinic,
                file_name="no.csv",
                file_sha256="0" * 64,
                brought_by=signer,
                state="done",
                done_at=db_now(),
            ).pk,
            "ready": ReadyWords.objects.create(
                client=clinic, name="Directions", words="We are next to the library.", made_by=signer
            ).pk,
            "picture": Picture.objects.create(
                client=clinic, reply=reply, provider_id="ME1", file="AAAA", width=1, height=1
            ).pk,
            "listener": listener.pk,
            "telling": Telling.objects.create(client=clinic, listener=listener, events=[]).pk,
            "code": "opted_out",
            "sender": Sender.objects.get().pk,
            "agreement": people.agreement(clinic).pk,
            "company": people.company(clinic).pk,
            "approval_id": Approval.objects.get().pk,
            "invitation": invited.pk,
            "emergency_access": EmergencyAccess.objects.create(
                client=clinic,
                user=people.member("Bess", Role.STAFF, of=clinic.agency),
                reason="A launch goes wrong.",
                hours=1,
            ).pk,
            "comment": comments.add(ApprovalRequest.objects.get(), signer, "Too long").pk,
            "delegation": Delegation.objects.create(
                client=clinic,
                principal=signer,
                named_by=signer,
                delegate=people.member("Vera", Role.VIEWER, client=clinic),
                from_day="2026-01-01",
                until_day="2026-12-31",
            ).pk,
            "audience": SavedAudience.objects.create(
                client=clinic, name="A year", lapsed_months=12, made_by=signer
            ).pk,
            "note": CampaignNote.objects.create(
                client=clinic, campaign=made, by=signer, words="Call Bob first."
            ).pk,
            "wish": a_wish(clinic, signer),
            "template": OwnTemplate.objects.create(
                agency=clinic.agency, name="Autumn", purpose="recall", steps=[], made_by=signer
            ).pk,
            "channel": "sms",
            "provider": "twilio",
            "key": "typical",
            "booking_file": BookingFile.objects.create(
                client=clinic, file_name="a.csv", file_sha256="0" * 64, state="done", done_at=db_now()
            ).pk,
            "source": ListSource.objects.create(
                client=clinic,
                name="Nightly",
                kind="folder",
                attested_by=signer,
                attested_name="Sam",
                attested_at=db_now(),
                attested_until=db_now() + timedelta(days=365),
                made_by=signer,
            ).pk,
            "booking_hook": hooks.make(clinic, "Booking software", by=signer)[0].pk,
            "pack": EvidencePack.objects.create(client=clinic, asked_by=signer).pk,
            "hold": LegalHold.objects.create(client=clinic, reason="A suit").pk,
        }


def a_wish(clinic: Client, signer: User) -> int:
    """Somebody of the practice asks for fewer signatures."""
    two = [signer.pk, people.member("Ben", Role.APPROVER, client=clinic).pk]
    rule = SigningRule.objects.create(client=clinic, how="all", signers=two, set_by=signer)
    asked = Loosening.objects.create(client=clinic, before=rule, how="any", signers=[], asked_by=signer)
    return int(asked.pk)
