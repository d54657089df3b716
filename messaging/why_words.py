"""A verdict in plain words: what each check asked, what the rows that decided it say, and the answer in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.urls import NoReverseMatch, reverse

from campaigns.models import Approval, Booking, Campaign
from compliance.deciding import until
from compliance.facts import Check, Effect
from compliance.flight_words import title_of
from compliance.models import (
    CampaignStatement,
    Closure,
    ContentFinding,
    ContentReview,
    DomainCheck,
    Freeze,
    ListCertificate,
    OwnWindow,
    SendingWindow,
    SmsRegistration,
    Stop,
    StopEverything,
)
from consent.models import (
    AddressPause,
    ConsentRecord,
    Contact,
    ContactPoint,
    Heard,
    Import,
    Pause,
    PurposeOptOut,
    Suppression,
    Touch,
    UnsafeMark,
)
from messaging.explaining import as_text
from messaging.models import Status
from tenants.models import Agreement, Client, PostalAddress, Sender

# What a check says of one person when it is met; its own sentence is the refusal.
MET = {
    "opted_out": "No opt-out, complaint or bounce of this address was on record.",
    "unconfirmable": "An opt-out by text in the person's own words stood alone, less than five minutes old, and the client confirms them.",
    "left_campaign": "The person had not opted out on another channel while this campaign ran.",
    "opted_out_of_purpose": "The address had not been taken off this kind of messages.",
    "left_kind": "The person had not left this kind of messages on another channel while this campaign ran.",
    "unsafe_address": "Nothing said that the address belongs to someone else.",
    "no_address": "The address was a working address of this person.",
    "doubtful_address": "Nothing said that the address is shared or made to be thrown away.",
    "no_mail_server": "Nothing said that the address's domain takes no mail.",
    "mail_domain_unknown": "The address's domain had been looked up.",
    "deceased": "Nothing said that the person has died.",
    "minor": "The person is of age, or this is an address of their guardian.",
    "came_back": "The person had not visited since the campaign was launched.",
    "left_label": "The person bore a label that the evergreen campaign is for, or it was for every label, or was not evergreen.",
    "booked": "The person had neither booked since the launch nor an appointment ahead.",
    "held_out": "The person was not in the share whom this campaign never writes to.",
    "no_consent": "A consent that is enough for this purpose was on record.",
    "consent_too_old": "A consent of a known day was younger than 36 months, or the person was seen within them.",
    "texas_in_writing": "The person is not in Texas, or had signed, or the message is no recall.",
    "maine_looked_up": "The person is not in Maine, was seen within 18 months, the number was looked up, or the message is care.",
    "landline": "Nothing said that the number is a landline or another line that takes no texts.",
    "reassigned": "Nothing said that the number belongs to somebody else now.",
    "given_up": "The number was not on a carriers' list of numbers taken back, or the person was seen or consented since.",
    "owner_unknown": "The person had consented on a known day or was seen within a year, or the number was looked up and still theirs.",
    "do_not_call": "The do-not-call registry was not known to list the number, or the person had signed, or was seen within 18 months.",
    "do_not_call_unknown": "The do-not-call registry was asked about the number, or the person had signed, or was seen within 18 months.",
    "health_policy_missing": "The client names a health data policy, or the person is not in Washington or Nevada.",
    "missing_words": "Every merge field used in the words had a value.",
    "not_asked_for": "The number was not kept for what people asked for, or the person's consent said what that was.",
    "unasked": "The person had written within the 24 hours before.",
    "paused_person": "No reply of this person was waiting to be read.",
    "unread_reply": "Nothing that was written from this address was waiting to be read.",
    "list_not_ready": "The list this person came with was imported to its end.",
    "not_approved": "The client had signed exactly this campaign.",
    "audience_grew": "At the launch the campaign was meant for no more than a tenth more people than the client had signed for.",
    "words_not_reviewed": "The words had passed the content review.",
    "warning_unanswered": "Every warning about the words had somebody's reason, or there was none.",
    "no_statement": "Somebody had stated by name how this campaign's data is handled.",
    "paid_by_others": "Nobody else was said to pay for this message.",
    "paid_in_california": "Nobody else was said to pay for this message, or the person is not in California.",
    "covered_unset": "It was answered whether HIPAA covers this client.",
    "no_baa": "HIPAA does not cover this client, or a business associate agreement was in force.",
    "provider_not_allowed": "The provider may carry this client's data.",
    "hosting_unsigned": "The company that hosts this installation may see this client's data.",
    "company_unsigned": "An agreement with each further company that sees this client's data was on file, or not needed.",
    "addiction_unanswered": "It was answered that the list tells nothing about treatment for addiction.",
    "no_postal_address": "The client's postal address was confirmed.",
    "list_not_certified": "Somebody had certified that all past opt-outs are in.",
    "sender_purpose": "The sender was in use and meant for this purpose.",
    "sender_elsewhere": "The sender was that of the person's location, or of every location.",
    "domain_not_ready": "SPF, DKIM and DMARC of the sender's domain had passed in the last 24 hours.",
    "one_click_unsigned": "A seed mail of the 30 days before had proved that both unsubscribe headers are signed.",
    "sms_not_registered": "The number's registration with the carriers was seen in order in the last 24 hours.",
    "no_canary": "A message of this sender to ourselves had come through within 30 days, its report signed.",
    "replies_not_checked": "The provider had been asked in the last 15 minutes for what people wrote.",
    "campaign_stopped": "Nobody had paused or stopped this campaign.",
    "client_stopped": "Nobody had stopped this client's sending.",
    "everything_stopped": "Sending was not stopped.",
    "no_lawful_hour": "There was a lawful hour within four days wherever this person may be.",
    "state_frozen": "No state where this person may be was frozen.",
    "quiet_hours": "It was inside the hours the law allows where this person may be.",
    "own_hours": "It was inside the client's own sending hours.",
    "daily_limit": "The number had texts left of those it may send in a day.",
    "one_a_day": "This address had not been contacted on this channel in the 24 hours before.",
    "three_a_week": "This address had not been contacted on this channel three times in the seven days before.",
    "promised_frequency": "The person had fewer texts in 30 days than were promised at most.",
    "front_desk_full": "The front desk could answer more people that day, or the message was not the first of its campaign.",
    "spend_cap": "The client had set no limit for the month, or what its messages had cost was below it.",
    "too_soon": "The client's own pause between messages was kept.",
    "often_enough": "The address had fewer messages in 365 days than the client allows.",
    "household_today": "Nobody else in this household had been contacted in the 24 hours before.",
}


@dataclass(frozen=True)
class Row:
    """A row that decided a check, for people: what it is, what it says, its dates and where it can be seen."""

    what: str
    id: str
    says: str
    dates: list[tuple[str, datetime]] = field(default_factory=list)
    href: str = ""
    quote: str = ""


@dataclass(frozen=True)
class Answer:
    """One check's answer about one message."""

    check: Check
    refuses: bool
    rows: list[Row]
    gone: list[str] = field(default_factory=list)  # ids kept as evidence whose rows cannot be read any more
    until: datetime | None = None  # for a limit on frequency: when its rows stop refusing

    @property
    def title(self) -> str:
        return title_of(self.check.code)

    @property
    def which(self) -> str:
        if not self.refuses:
            return "clear"
        return "held" if self.check.effect is Effect.HOLD else "waiting"

    @property
    def says(self) -> str:
        return self.check.says if self.refuses else MET.get(self.check.code, "In order.")


DATES = {
    "since": "since", "at": "at", "ended_at": "ended", "expires_at": "runs out", "checked_at": "checked", "valid_until": "good until",
    "opens_at": "opens", "closes_at": "closes", "reviewed_at": "reviewed", "enforced_at": "enforced", "done_at": "done",
}  # fmt: skip


def answer_of(
    check: Check, refuses: bool, rows: Sequence[Model], slug: str, ids: Sequence[str] = ()
) -> Answer:
    """One check's answer in words; `ids` are those kept as evidence."""
    gone = sorted(set(ids) - {str(row.pk) for row in rows})
    return Answer(
        check, refuses, [row_of(row, slug) for row in rows], gone, until(check, rows) if refuses else None
    )


def row_of(row: Model, slug: str) -> Row:
    """A deciding row in words. Names and addresses stay out: the page shows whom it is about once, at its head."""
    told = as_text(row)
    dates = [(said, getattr(row, name)) for name, said in DATES.items() if getattr(row, name, None)]
    says = _says(row) or told["says"]
    return Row(told["what"].capitalize(), told["id"], says, dates, _href(row, slug), _quote(row))


def _says(row: Model) -> str:
    match row:
        case Suppression():
            return str(row.get_source_display())
        case PurposeOptOut():
            return f"Wants no more {row.get_purpose_display().lower()} messages"
        case ConsentRecord():
            return f"{row.get_tier_display()}, {row.get_method_display().lower()}"
        case UnsafeMark():
            return str(row.get_reason_display())
        case Approval():
            return f"Signed by {row.typed_name}, {row.title}; fingerprint {row.fingerprint[:12]}"
        case Stop():
            return f"{row.get_kind_display()}: {row.reason}"
        case StopEverything():
            return row.reason
        case SendingWindow() | OwnWindow():
            return (
                "The law's hours there" if isinstance(row, SendingWindow) else "The client's own hours there"
            )
        case Touch():
            return f"Contacted by {row.get_channel_display().lower()}, message {row.message_id}"
        case Heard():
            return f"The person wrote, by {row.get_channel_display().lower()}"
        case Client():
            return str(row.get_covered_display())
        case Contact():
            return "The person's record"
        case ContactPoint():
            return f"{row.get_channel_display()}, in use"
        case Pause() | AddressPause():
            return f"Paused: {row.reason}"
        case Import():
            return f"{row.file_name}: {row.get_state_display()}"
        case ContentReview():
            return f"Review of fingerprint {row.fingerprint[:12]}: {'passed' if row.passed else 'not passed'}"
        case ContentFinding():
            return f"{row.rule}: {row.reason or 'not answered'}"
        case CampaignStatement():
            return "Statement about the campaign's data"
        case Closure():
            return row.reason
        case Freeze():
            return f"{row.state}: {row.reason}"
        case Booking(by_word=True):
            return f"Said in a reply that they have booked, on {row.booked_at:%Y-%m-%d}"
        case Booking():
            return f"Appointment, {row.get_status_display().lower()}, booked on {row.booked_at:%Y-%m-%d}"
        case Campaign():
            return f"{row.hold_out} % of the households are held out, drawn by lot"
        case ListCertificate():
            return "Certificate that all past opt-outs are in"
        case DomainCheck() | SmsRegistration() | Agreement() | PostalAddress() | Sender():
            return str(row)
    return ""


def _quote(row: Model) -> str:
    """The wording a person agreed to: the proof itself."""
    return row.wording if isinstance(row, ConsentRecord) else ""


PAGES: tuple[tuple[type[Model] | tuple[type[Model], ...], str, str], ...] = (
    ((Contact, ContactPoint, ConsentRecord, Pause, Booking), "contact", "contact"),
    (Campaign, "campaign", "campaign"),
    (Approval, "approval_status", "campaign"),
    (ContentReview, "campaign", "campaign"),
    (Stop, "live", "campaign"),
    (Import, "import", "import_id"),
    (Touch, "why_message", "message"),
    ((Agreement, PostalAddress, DomainCheck, SmsRegistration, ListCertificate, Sender), "readiness", ""),
    (Client, "settings", ""),
)


def _href(row: Model, slug: str) -> str:
    for kinds, name, kwarg in PAGES:
        if isinstance(row, kinds):
            ident = _ident(row, kwarg)
            try:
                return (
                    reverse(name, kwargs={"client": slug, **({kwarg: ident} if kwarg else {})})
                    if ident or not kwarg
                    else ""
                )
            except NoReverseMatch:
                return ""
    return ""


def _ident(row: Any, kwarg: str) -> int | None:
    if kwarg == "message":
        return int(row.message_id)
    if kwarg in {"contact", "campaign"} and not isinstance(row, Contact | Campaign):
        return getattr(row, f"{kwarg}_id")  # type: ignore[no-any-return]
    return int(row.pk)


# A message's state as one of the three answers, and the word for it.
VERDICT_WORDS: dict[str, tuple[str, str]] = {
    Status.QUEUED: ("waiting", "Waiting"),
    Status.HANDING: ("clear", "Being handed over"),
    Status.ACCEPTED: ("clear", "Handed over"),
    Status.REFUSED: ("held", "Refused by the provider"),
    Status.UNKNOWN: ("waiting", "Outcome unknown"),
    Status.UNRESOLVED: ("waiting", "Unresolved"),
    Status.HELD: ("held", "Held"),
    Status.EXPIRED: ("held", "Expired"),
    Status.CANCELLED: ("held", "Cancelled"),
}
