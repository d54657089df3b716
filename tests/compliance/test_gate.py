"""For every check: a clear message, then exactly that fact broken; preview, evidence and codes agree."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models.functions import Now

from campaigns.audience import subjects
from campaigns.models import Approval, AudienceCount, Booking, Campaign, CampaignVersion, Launch, Step
from compliance import gate, many, step_queries
from compliance.checks import CHECKS
from compliance.facts import FACTS
from compliance.models import (
    CampaignStatement,
    Canary,
    Closure,
    ContentFinding,
    ContentReview,
    DomainCheck,
    Freeze,
    GivenUpNumber,
    ListCertificate,
    LookupRun,
    MailLookup,
    NumberLookup,
    OwnWindow,
    RegistryAnswer,
    ReplyCheck,
    SeedMail,
    SendingWindow,
    SentSegments,
    SmsRegistration,
    Stop,
    StopEverything,
)
from consent.models import (
    AddressPause,
    ConsentRecord,
    Contact,
    ContactPoint,
    Import,
    Pause,
    PurposeOptOut,
    Suppression,
    Tier,
    Touch,
    UnsafeMark,
)
from messaging import judging, outbox
from messaging.models import Message
from tenants.clock import db_now
from tenants.models import (
    Agreement,
    Channel,
    Client,
    Location,
    PostalAddress,
    ProviderAccount,
    Purpose,
    Role,
    Sender,
    User,
)
from tenants.scope import acting_for
from tests import people
from tests.compliance.registry import looked_up
from tests.laid import laid_once, own_copy

pytestmark = pytest.mark.django_db


class World:
    """A clinic with one campaign (a text, then a mail) that is clear for Jane."""

    def __init__(self, of: Client, signer: User) -> None:
        self.client = of
        self.jane = people.contact(of, phone="+15742310611", email="jane@example.org")
        people.sms_sender(of)
        people.mail_sender(of, provider="smtp" if of.covered == Client.Covered.COVERED else "sendgrid")
        people.consent(self.jane)
        self.campaign: Campaign = people.campaign(of, {"channel": "sms"}, {"channel": "email"})
        people.ready(of)
        looked_up(of)
        people.approve(self.campaign, signer)

    def codes(self, channel: str) -> list[str]:
        """What the gate says of Jane on this channel: tally, list and evidence must say the same."""
        step = Step.objects.select_related("campaign__client", "sender").get(
            campaign=self.campaign, channel=channel
        )
        at = db_now()
        (point,) = subjects(step, at).filter(contact=self.jane).values_list("pk", flat=True)
        found = step_queries.explained(step, at, point)
        failed = found["failed_now"]
        assert [failed] == [codes for codes, who in step_queries.people(step, at) if self.jane.pk in who]
        assert [reason.check.code for reason in gate.reasons(found) if reason.refuses] == failed
        return list(failed)

    def claimed(self, channel: str) -> list[str]:
        """What a claim says of Jane's message, planned for this question only; "why" of that message must say the same."""
        with transaction.atomic():
            version = CampaignVersion.objects.filter(campaign=self.campaign).latest("pk")
            step = Step.objects.select_related("campaign__client", "sender").get(
                campaign=self.campaign, channel=channel
            )
            launched = Launch.objects.filter(campaign=self.campaign).first() or Launch.objects.create(
                client=self.client, campaign=self.campaign, version=version
            )
            outbox._insert(step, version, launched, 0)
            message, at = Message.objects.get(step=step, contact=self.jane), db_now()
            (judged,) = judging.judge(self.client.pk, [message.pk], at)
            why = gate.reasons(judging.explained(message, at))
            transaction.set_rollback(True)
        assert [reason.check.code for reason in why if reason.refuses] == judged["failed_now"]
        return list(judged["failed_now"])


def _clinic() -> World:
    clinic = people.clinic()
    signer = people.bob(clinic)
    with acting_for(clinic.pk):
        return World(clinic, signer)


laid = laid_once(_clinic)


@pytest.fixture
def world(laid: World, db: None) -> Any:
    with acting_for(laid.client.pk):
        yield own_copy(laid)


def covered(w: World) -> None:
    Client.objects.filter(pk=w.client.pk).update(covered="covered")


def suppress(w: World, channel: str, source: str = "staff") -> None:
    address = ContactPoint.objects.get(contact=w.jane, channel=channel).address_id
    Suppression.objects.create(client=w.client, address_id=address, channel=channel, source=source)


def touch(
    w: World, channel: str, ago: timedelta, household: int | None = None, address: int | None = None
) -> Touch:
    spot = ContactPoint.objects.get(contact=w.jane, channel=channel)
    made: Touch = Touch.objects.create(
        client=w.client, address_id=address or spot.address_id, household=household or w.jane.household, channel=channel,
        purpose="marketing", at=db_now() - ago, message_id=1,
    )  # fmt: skip
    return made


def launch_then_stop(w: World) -> None:
    approval = Approval.objects.get()
    Launch.objects.create(client=w.client, campaign=w.campaign, version=approval.version)
    suppress(w, "email", source="one_click")


def leave_kind(w: World, channel: str, purpose: str = "marketing") -> None:
    address = ContactPoint.objects.get(contact=w.jane, channel=channel).address_id
    PurposeOptOut.objects.create(client=w.client, address_id=address, channel=channel, purpose=purpose)


def launch_then_leave_kind(w: World) -> None:
    approval = Approval.objects.get()
    Launch.objects.create(client=w.client, campaign=w.campaign, version=approval.version)
    leave_kind(w, "email")


def sister(w: World) -> None:
    other = people.contact(w.client, first_name="Ann", phone="+15742310612", household=w.jane.household)
    spot = ContactPoint.objects.get(contact=other)
    touch(w, "sms", timedelta(hours=2), address=spot.address_id)


def half_imported(w: World) -> None:
    running = Import.objects.create(client=w.client, file_name="a.csv", file_sha256="0" * 64, state="running")
    Contact.objects.filter(pk=w.jane.pk).update(made_by_import=running)


def newer_import(w: World) -> None:
    Import.objects.create(
        client=w.client, file_name="a.csv", file_sha256="0" * 64, state="done", taken=5, done_at=db_now()
    )


def answered_by(w: World, **values: Any) -> None:
    Client.objects.filter(pk=w.client.pk).update(**values)


def doubtful(w: World) -> None:
    spot = ContactPoint.objects.get(contact=w.jane, channel="email")
    UnsafeMark.objects.create(address_id=spot.address_id, reason="role")


def seen_after_launch(w: World) -> None:
    approval = Approval.objects.get()
    Launch.objects.create(client=w.client, campaign=w.campaign, version=approval.version)
    Contact.objects.filter(pk=w.jane.pk).update(last_visit=date.today() + timedelta(days=2))


def booked(w: World) -> None:
    approval = Approval.objects.get()
    Launch.objects.create(
        client=w.client, campaign=w.campaign, version=approval.version, at=db_now() - timedelta(days=3)
    )
    at = db_now()
    Booking.objects.create(
        client=w.client,
        contact=w.jane,
        booked_at=at - timedelta(days=2),
        for_at=at - timedelta(days=1),
        status="kept",
    )


def held_out(w: World) -> None:
    seed = next(each for each in map(str, range(10_000)) if drawn(each, w.jane.household) < 1000)
    Campaign.objects.filter(pk=w.campaign.pk).update(hold_out=10, hold_out_seed=seed)


def drawn(seed: str, household: int) -> int:
    """The lot, reckoned apart from the database."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{household}".encode()).digest()[:4], "big") % 10_000


def at_place(w: World, key: str) -> None:
    people.all_day(w.client, key)
    Contact.objects.filter(pk=w.jane.pk).update(window_key=key)


def all_papers(w: World) -> None:
    for kind, provider in (("client", ""), ("provider", "twilio"), ("provider", "smtp"), ("hosting", "")):
        people.agreement(w.client, kind=kind, provider=provider)
    covered(w)


def company_without_papers(w: World) -> None:
    all_papers(w)
    people.company(w.client)


def recall_by_number_given(w: World) -> None:
    all_papers(w)
    Campaign.objects.filter(pk=w.campaign.pk).update(purpose="recall")
    w.campaign.refresh_from_db()
    ConsentRecord.objects.filter(client=w.client).update(purpose="recall", tier="number_given")
    at_place(w, "TX/America/Chicago")


def recall_by_registry(w: World, listed: bool | None) -> None:
    """A recall on the strength of a number given: a listing refuses it, and so does not having looked."""
    all_papers(w)
    Campaign.objects.filter(pk=w.campaign.pk).update(purpose="recall")
    w.campaign.refresh_from_db()
    ConsentRecord.objects.filter(client=w.client).update(purpose="recall", tier="number_given")
    if listed is None:
        RegistryAnswer.objects.filter(client=w.client).update(good_until=db_now())
    else:
        looked_up(w.client, listed=listed)


def not_seen_for_years(w: World) -> None:
    long_ago = db_now() - timedelta(days=1100)
    Contact.objects.filter(pk=w.jane.pk).update(last_visit=long_ago.date())
    ConsentRecord.objects.filter(client=w.client).update(since=long_ago)


def not_heard_of_for_a_year(w: World) -> None:
    ConsentRecord.objects.filter(client=w.client).update(since=db_now() - timedelta(days=366))


def answer_of_the_carrier(w: World, **said: str) -> None:
    at, run = db_now(), LookupRun.objects.create(client=w.client, reassigned=True, wanted=1, dollars=0)
    NumberLookup.objects.create(
        client=w.client, run=run, address_id=ContactPoint.objects.get(contact=w.jane, channel="sms").address_id,
        **({"line_type": "mobile", "good_until": at + timedelta(days=30)} | said),
    )  # fmt: skip


def taken_back(w: World) -> None:
    spot = ContactPoint.objects.get(contact=w.jane, channel="sms")
    GivenUpNumber.objects.create(client=w.client, address_id=spot.address_id, day=db_now().date())


def told_of_the_domain(w: World, told: str) -> None:
    MailLookup.objects.filter(client=w.client).update(told=told)


def warned(w: World) -> None:
    ContentFinding.objects.create(
        client=w.client, campaign=w.campaign, fingerprint=Campaign.objects.get(pk=w.campaign.pk).fingerprint, number=0,
        rule="SMS-SEGMENTS", step=1, blocks=False, says="Three segments.",
    )  # fmt: skip


def paid(w: World) -> None:
    all_papers(w)
    CampaignStatement.objects.update(paid_by_others=True)


def paid_in_california(w: World) -> None:
    at_place(w, "CA/America/Los_Angeles")
    CampaignStatement.objects.update(paid_by_others=True)


def no_hour_for_a_month(w: World) -> None:
    at = db_now()
    Closure.objects.create(
        window_key=w.jane.window_key,
        closed_from=at - timedelta(days=1),
        closed_until=at + timedelta(days=30),
        reason="Never.",
    )


def promised_two_a_month(w: World) -> None:
    given = ConsentRecord.objects.get(client=w.client, contact=w.jane, channel="sms")
    ConsentRecord.objects.filter(pk=given.pk).update(ended_at=db_now())
    given.pk, given.wording, given.since = None, "Text me, up to 2 msgs/month.", db_now()
    given.save()
    for days in (10, 20):
        touch(w, "sms", timedelta(days=days))


def five_days_between(w: World) -> None:
    answered_by(w, days_between=5)
    touch(w, "sms", timedelta(days=4))


def day_used_up(w: World) -> None:
    """All but five of the number's segments left within the last day; a text may need six."""
    row = SmsRegistration.objects.get()
    at = db_now()
    for hours, segments in ((1, 100_000), (23, 99_995), (25, 100)):
        SentSegments.objects.create(
            client=w.client, key=row.day_key, minute=at - timedelta(hours=hours), segments=segments
        )


def front_desk_full(w: World) -> None:
    answered_by(w, first_a_day=1)
    other = people.contact(w.client, first_name="Ann", phone="+15742310612")
    spot = ContactPoint.objects.get(contact=other)
    touch(w, "sms", timedelta(hours=2), household=other.household, address=spot.address_id)


def number_of_another_location(w: World) -> None:
    here, there = (
        Location.objects.create(client=w.client, name=name, time_zone="America/New_York")
        for name in ("A", "B")
    )
    Contact.objects.filter(pk=w.jane.pk).update(location=here)
    Sender.objects.filter(client=w.client, channel="sms").update(location=there)


def kept_for_requests(w: World) -> None:
    Sender.objects.filter(client=w.client, channel="sms").update(on_request=True)


def in_another_stage(w: World) -> None:
    Campaign.objects.filter(pk=w.campaign.pk).update(joins=True, segments=["Waiting list"])


def two_a_year(w: World) -> None:
    answered_by(w, most_a_year=2)
    for days in (100, 200):
        touch(w, "sms", timedelta(days=days))


def covered_without(kind: str) -> Callable[[World], Any]:
    def break_it(w: World) -> None:
        for each, provider in (("client", ""), ("provider", "twilio"), ("hosting", "")):
            if each != kind:
                people.agreement(w.client, kind=each, provider=provider)
        covered(w)

    return break_it


# How to break a clear message, for every check: (channel, how, other codes that the same fact rightly brings).
BREAK: dict[str, tuple[str, Callable[[World], Any], set[str]]] = {
    "opted_out": ("sms", lambda w: suppress(w, "sms"), set()),
    "left_campaign": ("sms", launch_then_stop, set()),
    "opted_out_of_purpose": ("email", lambda w: leave_kind(w, "email"), set()),
    "left_kind": ("sms", launch_then_leave_kind, set()),
    "unsafe_address": (
        "sms",
        lambda w: UnsafeMark.objects.create(
            address_id=ContactPoint.objects.get(contact=w.jane, channel="sms").address_id,
            reason="wrong_number",
        ),
        set(),
    ),
    "no_address": (
        "sms",
        lambda w: ContactPoint.objects.filter(client=w.client).update(ended_at=db_now()),
        set(),
    ),
    "deceased": ("sms", lambda w: Contact.objects.filter(pk=w.jane.pk).update(deceased=True), set()),
    "minor": (
        "sms",
        lambda w: Contact.objects.filter(pk=w.jane.pk).update(adult_from=date(2099, 1, 1)),
        set(),
    ),
    "no_consent": (
        "sms",
        lambda w: w.jane and ConsentRecord.objects.update(ended_at=db_now()),
        {"owner_unknown"},
    ),
    "missing_words": (
        "sms",
        lambda w: Step.objects.filter(channel="sms").update(needs=["guardian_first_name"]),
        set(),
    ),
    "paused_person": (
        "sms",
        lambda w: Pause.objects.create(client=w.client, contact=w.jane, reason="unsure"),
        set(),
    ),
    "unread_reply": (
        "sms",
        lambda w: AddressPause.objects.create(
            client=w.client,
            address_id=ContactPoint.objects.get(contact=w.jane, channel="sms").address_id,
            reason="unsure",
        ),
        set(),
    ),
    "list_not_ready": ("sms", half_imported, set()),
    "not_approved": ("sms", lambda w: Approval.objects.update(ended_at=db_now()), set()),
    "audience_grew": (
        "sms",
        lambda w: AudienceCount.objects.create(
            client=w.client,
            campaign=w.campaign,
            fingerprint=w.campaign.fingerprint,
            people=11_001,
            at_launch=True,
        ),
        set(),
    ),
    "words_not_reviewed": ("sms", lambda w: ContentReview.objects.update(passed=False), set()),
    "covered_unset": (
        "sms",
        lambda w: Client.objects.filter(pk=w.client.pk).update(covered="unset"),
        {"no_baa", "provider_not_allowed", "hosting_unsigned"},
    ),
    "no_baa": ("sms", covered_without("client"), set()),
    "provider_not_allowed": ("sms", covered_without("provider"), set()),
    "no_postal_address": ("email", lambda w: PostalAddress.objects.update(ended_at=db_now()), set()),
    "list_not_certified": ("sms", newer_import, set()),
    "sender_purpose": (
        "sms",
        lambda w: Sender.objects.filter(channel="sms").update(purposes=["care"]),
        set(),
    ),
    "domain_not_ready": ("email", lambda w: DomainCheck.objects.update(valid_until=db_now()), set()),
    "replies_not_checked": ("sms", lambda w: ReplyCheck.objects.update(valid_until=db_now()), set()),
    "no_canary": ("sms", lambda w: Canary.objects.update(ended_at=db_now()), set()),
    "sms_not_registered": ("sms", lambda w: SmsRegistration.objects.update(ended_at=db_now()), set()),
    "campaign_stopped": (
        "sms",
        lambda w: Stop.objects.create(client=w.client, campaign=w.campaign, reason="Wait."),
        set(),
    ),
    "client_stopped": ("sms", lambda w: Stop.objects.create(client=w.client, reason="Wait."), set()),
    "everything_stopped": ("sms", lambda w: StopEverything.objects.create(reason="Wait."), set()),
    "quiet_hours": ("sms", lambda w: SendingWindow.objects.all().delete(), set()),
    "own_hours": ("sms", lambda w: OwnWindow.objects.all().delete(), set()),
    "one_a_day": ("sms", lambda w: touch(w, "sms", timedelta(hours=23)), set()),
    "three_a_week": ("sms", lambda w: [touch(w, "sms", timedelta(days=d)) for d in (2, 4, 6)], set()),
    "household_today": ("sms", sister, set()),
    "doubtful_address": ("email", doubtful, set()),
    "no_mail_server": ("email", lambda w: told_of_the_domain(w, "refuses"), set()),
    "mail_domain_unknown": ("email", lambda w: told_of_the_domain(w, "unknown"), set()),
    "came_back": ("sms", seen_after_launch, set()),
    "booked": ("sms", booked, set()),
    "left_label": ("sms", in_another_stage, set()),
    "held_out": ("sms", held_out, set()),
    "consent_too_old": ("sms", not_seen_for_years, {"owner_unknown"}),
    "owner_unknown": ("sms", not_heard_of_for_a_year, set()),
    "landline": ("sms", lambda w: answer_of_the_carrier(w, line_type="landline"), set()),
    "reassigned": ("sms", lambda w: answer_of_the_carrier(w, reassigned="yes"), set()),
    "given_up": ("sms", taken_back, set()),
    "texas_in_writing": ("sms", recall_by_number_given, set()),
    "do_not_call": ("sms", lambda w: recall_by_registry(w, True), set()),
    "do_not_call_unknown": ("sms", lambda w: recall_by_registry(w, None), set()),
    "maine_looked_up": ("sms", lambda w: at_place(w, "ME/America/New_York"), set()),
    "health_policy_missing": ("email", lambda w: at_place(w, "WA/America/Los_Angeles"), set()),
    "warning_unanswered": ("sms", warned, set()),
    "no_statement": ("sms", lambda w: CampaignStatement.objects.update(ended_at=db_now()), set()),
    "paid_by_others": ("sms", paid, set()),
    "paid_in_california": ("sms", paid_in_california, set()),
    "hosting_unsigned": ("sms", covered_without("hosting"), set()),
    "company_unsigned": ("sms", company_without_papers, set()),
    "addiction_unanswered": ("sms", lambda w: answered_by(w, addiction="unset"), set()),
    "no_lawful_hour": ("sms", no_hour_for_a_month, set()),
    "state_frozen": ("sms", lambda w: Freeze.objects.create(state="IN", reason="Flood."), set()),
    "promised_frequency": ("sms", promised_two_a_month, set()),
    "too_soon": ("sms", five_days_between, set()),
    "daily_limit": ("sms", day_used_up, set()),
    "often_enough": ("sms", two_a_year, set()),
    "one_click_unsigned": (
        "email",
        lambda w: SeedMail.objects.filter(client=w.client).update(sent_at=db_now() - timedelta(days=30)),
        set(),
    ),
    "sender_elsewhere": ("sms", number_of_another_location, set()),
    "not_asked_for": ("sms", kept_for_requests, set()),
    "front_desk_full": ("sms", front_desk_full, set()),
    "spend_cap": ("sms", lambda w: answered_by(w, most_dollars=1), set()),
}


# An audience offers nobody whom these refuse: see the tests of a message below.
OF_NO_AUDIENCE = {"no_address", "left_label"}
# Facts about the world or an address: what breaks one client's message may rightly break a rival's to the same person.
EVERYBODYS = {
    "everything_stopped", "unsafe_address", "doubtful_address", "quiet_hours", "no_lawful_hour", "state_frozen",
}  # fmt: skip


def test_every_check_has_a_way_to_break_it() -> None:
    # Asked of answers by hand, and of confirmations, alone: tests/messaging/test_answering.py and webhooks/test_confirming.py.
    assert {*BREAK, "unasked", "unconfirmable"} == {check.code for check in CHECKS}


def test_a_message_with_every_fact_in_order_is_clear(world: World) -> None:
    for channel in ("sms", "email"):
        assert world.codes(channel) == world.claimed(channel) == []


@pytest.mark.parametrize("code", [code for code in BREAK if code not in OF_NO_AUDIENCE])
def test_breaking_one_fact_adds_exactly_its_code(world: World, code: str) -> None:
    channel, break_it, others = BREAK[code]
    break_it(world)
    assert set(world.codes(channel)) == {code} | others
    assert set(world.claimed(channel)) == {code} | others


@pytest.mark.parametrize(
    "code",
    [code for code in BREAK if code not in EVERYBODYS],
)
def test_breaking_it_at_a_rival_changes_nothing(world: World, code: str) -> None:
    rival = people.rival_clinic()
    signer = people.member("Rita", Role.APPROVER, client=rival)
    with acting_for(rival.pk):
        BREAK[code][1](World(rival, signer))
    assert world.codes(BREAK[code][0]) == []


def test_every_check_says_why_in_a_sentence_and_where_to_mend_it() -> None:
    for check in CHECKS:
        assert check.says.endswith("."), check.code


def test_an_audience_offers_exactly_the_columns_the_gate_asks_for(world: World) -> None:
    step = Step.objects.filter(channel="sms").get()
    assert set(subjects(step, db_now()).values(*FACTS).get()) == set(FACTS)


def test_a_number_kept_for_requests_texts_whoever_said_what_they_asked_for_and_of_that_kind_only(
    world: World,
) -> None:
    kept_for_requests(world)
    care = people.consent(world.jane, Purpose.CARE, Tier.VERBAL, method="phone", requested=True)
    assert world.codes("sms") == world.claimed("sms") == ["not_asked_for"]
    people.consent(world.jane, Purpose.MARKETING, method="keyword", requested=True)
    assert world.codes("sms") == world.claimed("sms") == []
    ConsentRecord.objects.exclude(pk=care.pk).filter(requested=True).update(ended_at=db_now())
    assert world.codes("sms") == world.claimed("sms") == ["not_asked_for"]


def test_a_covered_client_never_sends_by_sendgrid_even_with_a_paper(world: World) -> None:
    people.agreement(world.client)
    people.agreement(world.client, kind=Agreement.Kind.HOSTING)
    people.agreement(world.client, kind=Agreement.Kind.PROVIDER, provider="sendgrid")
    covered(world)
    assert world.codes("email") == ["provider_not_allowed"]


def test_whoever_may_be_in_maine_waits_for_a_look_before_a_recall_too(world: World) -> None:
    for at_one in (False, True):
        ConsentRecord.objects.filter(client=world.client).update(purpose="recall")
        Campaign.objects.update(purpose="recall")
        world.campaign.refresh_from_db()
        at_place(world, "ME/America/New_York" if at_one else "NH/America/New_York")
        assert ("maine_looked_up" in world.codes("sms")) is at_one


def test_a_signature_for_care_opens_no_listed_number_and_no_texan_recall(world: World) -> None:
    recall_by_number_given(world)
    looked_up(world.client, listed=True)
    assert set(world.codes("sms")) == {"texas_in_writing", "do_not_call"}
    people.consent(world.jane, purpose="care", tier="written")
    assert set(world.codes("sms")) == {"texas_in_writing", "do_not_call"}
    people.consent(world.jane, purpose="marketing", tier="written", method="paper")
    assert world.codes("sms") == []


@pytest.mark.parametrize(
    "key, opens",
    [("IN/America/New_York", True), ("CT/America/New_York", False), ("AZ/America/Phoenix", False)],
)
def test_a_visit_opens_a_listed_number_but_not_in_connecticut_and_arizona(
    world: World, key: str, opens: bool
) -> None:
    recall_by_registry(world, True)
    at_place(world, key)
    Contact.objects.update(last_visit=(db_now() - timedelta(days=200)).date())
    assert world.codes("sms") == ([] if opens else ["do_not_call"])
    recall_by_registry(world, None)
    assert ("do_not_call_unknown" in world.codes("sms")) is not opens


def test_an_agreement_about_one_mail_server_does_not_cover_another(world: World) -> None:
    all_papers(world)
    Sender.objects.filter(channel="email").update(provider="smtp")
    account = {"client": world.client, "provider": "smtp", "settings": "{}"}
    ProviderAccount.objects.create(host="smtp.brightsmiles.example", **account)
    assert world.codes("email") == []
    ProviderAccount.objects.end(db_now())
    ProviderAccount.objects.create(host="smtp.elsewhere.example", **account)
    assert world.codes("email") == ["provider_not_allowed"]


def test_twilio_carries_protected_data_only_in_an_account_it_flagged(world: World) -> None:
    all_papers(world)
    assert world.codes("sms") == []
    Agreement.objects.filter(provider="twilio").update(hipaa_account=False)
    assert world.codes("sms") == ["provider_not_allowed"]


@pytest.mark.parametrize(
    "tier, purpose, is_covered, enough",
    [
        ("written", "marketing", False, True),
        ("written", "recall", False, True),
        ("number_given", "marketing", False, False),
        ("number_given", "marketing", True, False),
        ("number_given", "recall", False, False),
        ("number_given", "recall", True, True),
        ("verbal", "recall", True, True),
        ("verbal", "care", False, True),
    ],
)
def test_consent_reaches_only_what_its_tier_allows(
    world: World, tier: str, purpose: str, is_covered: bool, enough: bool
) -> None:
    ConsentRecord.objects.update(tier=tier, purpose=purpose)
    Campaign.objects.update(purpose=purpose)
    world.campaign.refresh_from_db()
    if is_covered:
        covered(world)
    assert ("no_consent" not in world.codes("sms")) is enough


@pytest.mark.parametrize("tier, enough", [("verbal", False), ("number_given", False), ("written", True)])
def test_a_recall_without_a_signature_is_for_whoever_was_treated_there(
    world: World, tier: str, enough: bool
) -> None:
    ConsentRecord.objects.update(tier=tier, purpose="recall")
    Campaign.objects.update(purpose="recall")
    Contact.objects.update(last_visit=None)
    world.campaign.refresh_from_db()
    covered(world)
    assert ("no_consent" not in world.codes("sms")) is enough


def test_a_minor_is_written_to_at_an_address_of_the_guardian_only(world: World) -> None:
    mother = people.contact(world.client, first_name="Ana", phone=people.a_phone())
    Contact.objects.filter(pk=world.jane.pk).update(adult_from=date(2099, 1, 1), guardian=mother)
    assert "minor" in world.codes("sms")
    own = ContactPoint.objects.get(contact=world.jane, channel="sms")
    theirs = ContactPoint.objects.get(contact=mother)
    ContactPoint.objects.filter(pk=theirs.pk).update(address=own.address_id)
    assert "minor" not in world.codes("sms")
    ContactPoint.objects.filter(pk=theirs.pk).update(ended_at=db_now())
    assert "minor" in world.codes("sms")


def test_consent_for_another_purpose_does_not_count(world: World) -> None:
    ConsentRecord.objects.update(purpose="care")
    assert world.codes("sms") == ["no_consent"]


def test_an_imported_consent_counts_as_old_until_the_person_was_seen_or_a_dated_one_is_there(
    world: World,
) -> None:
    ConsentRecord.objects.update(ended_at=db_now())
    people.consent(world.jane, method=ConsentRecord.Method.IMPORTED)

    def seen(days: int) -> list[str]:
        Contact.objects.update(last_visit=(db_now() - timedelta(days=days)).date())
        return world.codes("sms")

    assert [seen(300), seen(400)] == [[], ["owner_unknown"]]
    assert set(seen(1100)) == {"consent_too_old", "owner_unknown"}
    people.consent(world.jane)
    assert seen(1100) == []


def test_a_past_verdict_can_be_asked_again(world: World) -> None:
    at = db_now()
    suppress(world, Channel.SMS)
    step = Step.objects.get(channel="sms")
    rows = subjects(step, at)
    then = [r.check.code for r in gate.explain(rows, at) if r.refuses]
    now = [r.check.code for r in gate.explain(rows, db_now()) if r.refuses]
    assert (then, now) == ([], ["opted_out"])


def test_a_campaign_edited_after_the_signature_is_not_approved(world: World) -> None:
    Campaign.objects.update(fingerprint="f" * 64, changed_at=Now())
    world.campaign.refresh_from_db()
    assert world.codes("sms") == ["not_approved", "words_not_reviewed", "no_statement"]


def test_two_people_at_one_address_are_one_message_in_the_preview(world: World) -> None:
    people.contact(world.client, first_name="Ann", phone="+15742310611", household=world.jane.household)
    step = Step.objects.get(channel="sms")
    at = db_now()
    assert many.tally(subjects(step, at), at).total == 1


def test_certificates_run_out(world: World) -> None:
    ListCertificate.objects.update(expires_at=db_now())
    assert world.codes("sms") == ["list_not_certified"]


def test_a_planned_message_whose_address_ended_meanwhile_has_nowhere_to_go(world: World) -> None:
    approval = Approval.objects.get()
    launched = Launch.objects.create(client=world.client, campaign=world.campaign, version=approval.version)
    step = Step.objects.get(channel="sms")
    assert outbox._insert(step, approval.version, launched, 0) == 1
    ContactPoint.objects.filter(channel="sms").update(ended_at=db_now())
    (failed,) = gate.judged(Message.objects.all(), db_now()).values_list("failed_now", flat=True)
    assert failed == ["no_address"]


def test_what_is_left_waits_for_whoever_bears_no_label_of_the_evergreen_campaign_any_more(
    world: World,
) -> None:
    approval = Approval.objects.get()
    launched = Launch.objects.create(client=world.client, campaign=world.campaign, version=approval.version)
    step = Step.objects.select_related("campaign__client", "sender").get(channel="sms")
    assert outbox._insert(step, approval.version, launched, 0) == 1

    def failed() -> list[str]:
        (codes,) = gate.judged(Message.objects.all(), db_now()).values_list("failed_now", flat=True)
        return list(codes)

    in_another_stage(world)
    assert failed() == ["left_label"]
    Contact.objects.filter(pk=world.jane.pk).update(segment="Waiting list")
    assert failed() == []
    in_another_stage(world)
    Contact.objects.filter(pk=world.jane.pk).update(segment="Current")
    assert failed() == ["left_label"]
    Campaign.objects.filter(pk=world.campaign.pk).update(joins=False)
    assert failed() == []
