"""One campaign that runs (the dental practice's recall) and one that waits for the client's signature (the med spa's)."""

from __future__ import annotations

from datetime import datetime, timedelta

from campaigns import approval, asking
from campaigns.fingerprint import refresh
from campaigns.models import Approval, ApprovalRequest, Campaign, CampaignVersion, Step
from campaigns.versions import freeze
from compliance import statements
from compliance.content.review import store
from compliance.lookups.running import OWNER_FOR, price
from compliance.models import ListCertificate, LookupRun, NumberLookup, RegistryAnswer, RegistryFile
from compliance.preview import count
from consent.models import ContactPoint
from messaging import outbox
from tenants.clock import db_now
from tenants.models import Channel, Client, Membership, Purpose, Role, Sender, User
from tenants.scope import acting_for

AUTUMN = "Autumn hygiene recall"
WHY_RECALL = "These are our own patients whose regular visit is due, and nothing else is advertised."


def certify(client: Client, owner: User) -> None:
    """The list was cleaned and all past opt-outs are in."""
    if not ListCertificate.objects.filter(expires_at__gt=db_now(), ended_at=None).exists():
        ListCertificate.objects.create(
            client=client, certified_by=owner, expires_at=db_now() + timedelta(days=30),
            statement="Every past opt-out, of any channel and any vendor, is in this list, and it was cleaned before this campaign.",
        )  # fmt: skip


def looked_up(client: Client, owner: User) -> None:
    """The numbers were looked up in the do-not-call registry: one in a hundred is listed."""
    if RegistryFile.objects.exists():
        return
    file = RegistryFile.objects.create(
        client=client, kind=RegistryFile.Kind.RESULT, as_of=db_now().date(), account="Scrub Service", file_name="answer.csv",
        file_sha256="0" * 64, state=RegistryFile.State.DONE, filed_by=owner,
    )  # fmt: skip
    points = ContactPoint.objects.filter(channel=Channel.SMS, ended_at=None).order_by("address")
    answers = [
        RegistryAnswer(
            client=client, file=file, address_id=each, listed=each % 100 == 7, good_until=file.good_until
        )
        for each in points.values_list("address", flat=True).distinct()
    ]
    RegistryAnswer.objects.bulk_create(answers, batch_size=2000)
    file.numbers, file.listed = len(answers), sum(each.listed for each in answers)
    file.clear = file.numbers - file.listed
    file.save()


def owners_known(client: Client, owner: User) -> None:
    """A practice whose consents came with its list has asked the carriers whose its numbers are now."""
    if client.covered != Client.Covered.COVERED or LookupRun.objects.exists():
        return
    at = db_now()
    points = ContactPoint.objects.filter(channel=Channel.SMS, ended_at=None).values_list("address", flat=True)
    addresses = sorted(set(points))
    run = LookupRun.objects.create(
        client=client, reassigned=True, wanted=len(addresses), answered=len(addresses), dollars=price(len(addresses), True),
        asked_by=owner, since=at, state=LookupRun.State.DONE,
    )  # fmt: skip
    NumberLookup.objects.bulk_create(
        [
            NumberLookup(client=client, run=run, address_id=each, line_type="mobile", reassigned="no", since=at, good_until=at + OWNER_FOR)
            for each in addresses
        ],
        batch_size=2000,
    )  # fmt: skip


def running(client: Client) -> None:
    """A recall by text, then by mail three days later, signed and launched."""
    with acting_for(client.pk):
        if Campaign.objects.filter(name=AUTUMN).exists():
            return
        staff, signer = person(client, Role.STAFF), person(client, Role.APPROVER)
        made = draft(
            client, staff, AUTUMN, Purpose.RECALL, ["Hygiene recall"],
            "Hi {{ first_name }}, this is {{ practice_name }}. You are due for your regular visit. Call us at {{ practice_phone }} to find a time.",
            "It is time for your regular visit",
            "Hello {{ first_name }},\n\nour records show that you are due for your regular visit at {{ practice_name }}. "
            "Please call {{ practice_phone }} and we will find a time that suits you.\n\nWe look forward to seeing you.",
        )  # fmt: skip
        signed(client, made, staff, signer, db_now())
        launched = outbox.launch(made, by=staff)
    outbox.plan(launched)


def signed(client: Client, made: Campaign, staff: User, signer: User, at: datetime) -> CampaignVersion:
    """Frozen, reviewed, and signed at that time by the client's contact."""
    version = freeze(made, by=staff)
    made.refresh_from_db()
    reviewed = store(made, version.fingerprint, version.content)
    warnings = statements.record_findings(made, reviewed)
    statements.answer_warnings(warnings, {statements.key_of(each): WHY_RECALL for each in warnings}, staff)
    statements.state(made, version.fingerprint, staff, paid_by_others=False)
    asked = ApprovalRequest.objects.create(
        client=client, campaign=made, version=version, count=count(made, db_now()), asked_by=staff, closed_at=at, outcome="approved",
        answered=statements.answered(made, version.fingerprint),
    )  # fmt: skip
    Approval.objects.create(
        client=client, campaign=made, version=version, request=asked, count_id=asked.count_id, fingerprint=version.fingerprint, signed_by=signer,
        drafted_by=staff, role=Role.APPROVER, typed_name=signer.name, title="Office manager", statement=approval.statement_for(asked),
        statement_version=approval.STATEMENT_VERSION, second_factor="totp", since=at, expires_at=at + timedelta(days=30),
    )  # fmt: skip
    return version


def waiting(client: Client) -> None:
    """A marketing win-back, laid before the compliance contact."""
    with acting_for(client.pk):
        if Campaign.objects.exists():
            return
        staff = person(client, Role.STAFF)
        made = draft(
            client, staff, "We miss you", Purpose.MARKETING, [],
            "{{ practice_name }}: {{ first_name }}, it has been a while. We would love to welcome you back. Call {{ practice_phone }}.",
            "We would love to welcome you back",
            "Hello {{ first_name }},\n\nit has been a while since your last visit to {{ practice_name }}. If you would like to come by, call "
            "{{ practice_phone }} and we will find a time for you.\n\nWarm regards,\n\n{{ practice_name }}",
        )  # fmt: skip
        version = freeze(made, by=staff)
        made.refresh_from_db()
        store(made, version.fingerprint, version.content)
        statements.state(made, version.fingerprint, staff, paid_by_others=False)
        asking.ask(
            made,
            version,
            count(made, db_now()),
            staff,
            "Please have a look: first a text, then a mail three days later.",
        )


def draft(
    client: Client,
    staff: User,
    name: str,
    purpose: str,
    segments: list[str],
    text: str,
    subject: str = "",
    mail: str = "",
) -> Campaign:
    """A text and, where there are words for it, a mail three days later."""
    made: Campaign = Campaign.objects.create(
        client=client,
        name=name,
        purpose=purpose,
        created_by=staff,
        segments=segments,
        last_visit_before=(db_now() - timedelta(days=200)).date(),
    )
    Step.objects.create(
        client=client, campaign=made, position=1, channel=Channel.SMS, sender=_sender(Channel.SMS), body=text
    )
    if mail:
        Step.objects.create(
            client=client,
            campaign=made,
            position=2,
            channel=Channel.EMAIL,
            sender=_sender(Channel.EMAIL),
            delay_days=3,
            subject=subject,
            body=mail,
        )
    refresh(made)
    return made


def _sender(channel: str) -> Sender:
    found: Sender = Sender.objects.filter(channel=channel, ended_at=None)[0]
    return found


def person(client: Client, role: Role) -> User:
    """Who has this role first."""
    return User.objects.filter(memberships__in=client_members(client, role)).order_by("pk")[0]


def client_members(client: Client, role: Role) -> list[int]:
    """Ids of the memberships with this role that open the client."""
    return list(Membership.objects.of_client(client).filter(role=role).values_list("pk", flat=True))
