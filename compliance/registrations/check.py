"""One look at a number's registration, and the row it leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from django.conf import settings as site
from django.urls import reverse

from compliance import falling
from compliance.models import Answer, SmsRegistration
from compliance.registrations.at_twilio import TOLL_FREE, NotReadable, Registration, read
from compliance.registrations.fields import advice
from compliance.registrations.overrides import AGAIN, without
from tenants.clock import db_now
from tenants.models import Provider, ProviderAccount, Purpose, Sender

GOOD_FOR = timedelta(hours=24)
# Which registered use cases cover a purpose (rule A2P-USECASE); a code that is not here covers nothing.
USE_CASES = {
    Purpose.MARKETING: {"MARKETING", "MIXED", "LOW_VOLUME"},
    Purpose.RECALL: {"MARKETING", "MIXED", "LOW_VOLUME"},  # a recall wins somebody back, too
    Purpose.CARE: {"MIXED", "LOW_VOLUME", "SOLE_PROPRIETOR", "CUSTOMER_CARE", "ACCOUNT_NOTIFICATION"},
}
REVIEWS = {
    "PENDING": "is waiting for review",
    "IN_PROGRESS": "is being reviewed",
    "IN_REVIEW": "is being reviewed",
    "PENDING_REVIEW": "is waiting for review",
}
STATES = {
    **REVIEWS,
    "FAILED": "was refused",
    "SUSPENDED": "is suspended",
    "TWILIO_REJECTED": "was rejected",
}


def look(sender: Sender, credentials: dict[str, str] | None, *, timeout: float = 10.0) -> Registration | str:
    """Ask the provider about a number; touches no database. A sentence when nothing could be learned."""
    if credentials is None:
        return "No Twilio account of this client is on file. Add it under Provider accounts."
    try:
        return read(credentials, sender.address, sender.messaging_service, timeout=timeout)
    except NotReadable as why:
        return str(why)


def credentials_of(client_id: int) -> dict[str, str] | None:
    """The client's Twilio account in force, or None. Inside its scope."""
    account = (
        ProviderAccount.objects.in_force(db_now()).filter(client=client_id, provider=Provider.TWILIO).first()
    )
    return account.credentials() if account and account.is_readable else None


def check_registration(sender: Sender, *, timeout: float = 10.0) -> SmsRegistration:
    """Look and store, inside the client's scope. Waits up to five times `timeout` seconds for Twilio."""
    credentials = credentials_of(sender.client_id)
    return store(sender, look(sender, credentials, timeout=timeout), inbound_address(credentials))


def inbound_address(credentials: Mapping[str, str] | None) -> str:
    """Where Twilio has to bring what people write to this client, as it is entered there; empty without an account."""
    token = (credentials or {}).get("hook")
    return site.PUBLIC_URL + reverse("hook_twilio_inbound", args=[token]) + AGAIN if token else ""


def store(sender: Sender, seen: Registration | str, inbound: str) -> SmsRegistration:
    """The row of a look; `inbound`: see `inbound_address`.

    A failure ends the passes before it; "could not check" leaves them their 24 hours (decisions 17).
    """
    at = db_now()
    if isinstance(seen, str):
        kind = "toll_free" if sender.address.startswith(TOLL_FREE) else "10dlc"
        return _row(sender, at, kind=kind, answer=Answer.UNKNOWN, findings=[_finding(Answer.UNKNOWN, seen)])
    findings = list(judge(seen, sender, inbound))
    answer = Answer.FAIL if any(each["answer"] == Answer.FAIL for each in findings) else Answer.PASS
    if answer == Answer.FAIL:
        SmsRegistration.objects.filter(
            client=sender.client_id, sender=sender, passed=True, ended_at=None, valid_until__gt=at
        ).update(ended_at=at)
    made = _row(
        sender,
        at,
        kind=seen.kind,
        answer=answer,
        findings=findings,
        seen=asdict(seen),
        brand_status=_word(seen.brand.get("status")),
        use_case=_word(seen.campaign.get("use_case")),
        campaign_status=_word(seen.verification.get("status") or seen.campaign.get("status")),
    )
    falling.note_number(made, refused=refused(seen, sender))
    return made


def _row(sender: Sender, at: Any, *, answer: Answer, **values: Any) -> SmsRegistration:
    return SmsRegistration.objects.create(
        client_id=sender.client_id,
        sender=sender,
        checked_at=at,
        valid_until=at + GOOD_FOR,
        passed=answer == Answer.PASS,
        answer=answer,
        **values,
    )


def judge(seen: Registration, sender: Sender, inbound: str) -> Iterator[dict[str, str]]:
    """Everything that must hold, each with what was seen. An unknown word of Twilio's fails."""
    yield from _registered(seen, sender)
    if seen.number_in_service:
        yield _brought(seen.inbound, inbound)


def refused(seen: Registration, sender: Sender) -> str:
    """What is wrong with the registration itself although every review of it were to end well, as a sentence; empty: nothing."""
    ended_well = replace(
        seen,
        brand=_reviewed(seen.brand, "APPROVED"),
        campaign=_reviewed(seen.campaign, "VERIFIED"),
        verification=_reviewed(seen.verification, "TWILIO_APPROVED"),
    )
    wrong = (each["says"] for each in _registered(ended_well, sender) if each["answer"] == Answer.FAIL)
    return next(wrong, "")


def _reviewed(part: dict[str, Any], well: str) -> dict[str, Any]:
    return {**part, "status": well} if part.get("status") in REVIEWS else part


def _registered(seen: Registration, sender: Sender) -> Iterator[dict[str, str]]:
    return _toll_free(seen, sender) if seen.kind == "toll_free" else _ten_digits(seen, sender)


def _brought(there: Mapping[str, Any], ours: str) -> dict[str, str]:
    """A STOP that Twilio brings elsewhere would be known here only when we next ask (rule TW-SIG)."""
    where, ours = without(str(there.get("url") or "")), without(ours)
    if ours and where == ours and there.get("method") == "POST":
        return _finding(Answer.PASS, "What people write is brought to us, by a signed webhook.")
    why = (
        "is brought to another address" if where and where != ours
        else "is brought by GET" if where else "is brought to no address"
    )  # fmt: skip
    return _finding(
        Answer.FAIL,
        f"What people write to this number {why}, so a STOP may reach us late. Enter the address for incoming texts, as the card of "
        "the Twilio account shows it, at the messaging service, with POST.",
    )


def _toll_free(seen: Registration, sender: Sender) -> Iterator[dict[str, str]]:
    status = seen.verification.get("status")
    if not seen.number_in_service:
        yield _finding(
            Answer.FAIL,
            f"{sender.address} is not a number of this Twilio account. Buy or move it there, or end this sender.",
        )
    elif status == "TWILIO_APPROVED":
        yield _finding(Answer.PASS, f"{sender.address} is a verified toll-free number.")
    elif status is None:
        yield _finding(
            Answer.FAIL,
            f"{sender.address} has no toll-free verification, so carriers block it. Hand one in at Twilio.",
        )
    else:
        yield _finding(
            Answer.FAIL,
            f"The toll-free verification of {sender.address} {_state(status)}. Carriers block the number until it is approved.",
        )


def _ten_digits(seen: Registration, sender: Sender) -> Iterator[dict[str, str]]:
    service, brand, campaign = sender.messaging_service, seen.brand, seen.campaign
    if not service:
        yield _finding(
            Answer.FAIL,
            "No messaging service is named for this number. Enter the one (MG…) that its campaign is registered under.",
        )
        return
    if not seen.number_in_service:
        yield _finding(
            Answer.FAIL,
            f"{sender.address} is not in the messaging service {service}. Add it there at Twilio.",
        )
    if not campaign:
        yield _finding(
            Answer.FAIL,
            f"No A2P campaign is registered for the messaging service {service}. Register one at Twilio (10 to 15 working days).",
        )
        return
    if brand.get("status") != "APPROVED":
        yield _finding(
            Answer.FAIL,
            f"The brand {_state(brand.get('status'))}. It must be APPROVED before anything can be sent.",
        )
    else:
        yield _finding(
            Answer.PASS, f"The brand is approved ({_word(brand.get('identity')) or 'identity not stated'})."
        )
    if campaign.get("status") != "VERIFIED":
        yield _finding(
            Answer.FAIL, f"The campaign registration {_state(campaign.get('status'))}. It must be VERIFIED."
        )
    else:
        yield _finding(Answer.PASS, "The campaign registration is verified.")
    if campaign.get("mock") or brand.get("mock"):
        yield _finding(Answer.FAIL, "This is a mock registration: it is for testing and carries no message.")
    yield from _use_case(_word(campaign.get("use_case")), sender)
    for says in advice(campaign, sender.client.name):
        yield _finding("warn", says)


def _use_case(registered: str, sender: Sender) -> Iterator[dict[str, str]]:
    missing = [
        Purpose(each).label.lower() for each in sender.purposes if registered not in USE_CASES[Purpose(each)]
    ]
    if missing or not sender.purposes:
        what = " and ".join(missing) or "any purpose"
        yield _finding(
            Answer.FAIL,
            f"The campaign is registered as {registered or 'nothing'}, which does not cover {what}. "
            "Register a MIXED campaign, or take that purpose from the number.",
        )
    else:
        yield _finding(Answer.PASS, f"Registered as {registered}, which covers what this number is for.")


def _state(status: object) -> str:
    word = _word(status)
    return f"{STATES[word]} ({word})" if word in STATES else f"is in the state {word or 'unknown'}"


def _word(status: object) -> str:
    return str(status or "")[:40]


def _finding(answer: str, says: str) -> dict[str, str]:
    return {"answer": str(answer), "says": says}
