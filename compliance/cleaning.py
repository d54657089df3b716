"""How clean a client's list is, in numbers a client can read: what is kept back and why, how old it is, what was looked at and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Max, Q, QuerySet, Subquery, Sum

from compliance.checks.numbers import NO_TEXTS
from compliance.checks.people import CONSENT_LASTS, KNOWN_LASTS, NOBODYS
from compliance.models import (
    ListCertificate,
    LookupRun,
    MailDomain,
    MailLookup,
    NumberLookup,
    RegistryAnswer,
    RegistryFile,
    Told,
)
from compliance.models.mail_domains import NO_MAIL
from compliance.other_names import people_by_client
from consent.models import (
    ConsentRecord,
    Contact,
    ContactPoint,
    Import,
    OptOutList,
    Suppression,
    UnsafeMark,
)
from tenants.models import Channel, Client


@dataclass(frozen=True)
class Line:
    """One figure, and what it means for them."""

    label: str
    number: int
    says: str = ""


@dataclass(frozen=True)
class Looked:
    """One thing that was looked at: when last, by whom, until when it counts."""

    what: str
    at: datetime | None
    by: str = ""
    until: datetime | None = None
    says: str = ""
    page: str = ""  # the name of the page where it is done again


@dataclass(frozen=True)
class Report:
    """The list as of an instant."""

    at: datetime
    people: int
    lists: list[Line]
    taken_out: list[Line]
    seen: list[Line]
    consents: list[Line]
    looked: list[Looked]


def report(client: Client, at: datetime) -> Report:
    """Counted now, inside the client's scope: a fixed number of queries."""
    contacts = Contact.objects.filter(client=client, merged_into=None)
    points = ContactPoint.objects.in_force(at).filter(client=client)
    return Report(
        at,
        contacts.count(),
        _lists(client),
        [
            *_people(contacts, at),
            *_addresses(client, points, at),
            *_mailboxes(client, points, at),
            *_numbers(client, points, at),
        ],
        _seen(contacts, at),
        _consents(client, points, at),
        _looked(client, at),
    )


def _lists(client: Client) -> list[Line]:
    done = Import.objects.filter(client=client, state=Import.State.DONE).aggregate(
        files=Count("pk"), taken=Sum("taken"), merged=Sum("merged"), refused=Sum("refused")
    )
    return [
        Line("Lists brought in", done["files"]),
        Line("Lines taken", done["taken"] or 0),
        Line("Lines merged", done["merged"] or 0, "duplicates: somebody who was on the list already"),
        Line("Lines refused", done["refused"] or 0, "no address that works, or not to be read; each with its reason in the report"),
    ]  # fmt: skip


def _people(contacts: QuerySet[Contact], at: datetime) -> list[Line]:
    found = contacts.aggregate(
        deceased=Count("pk", filter=Q(deceased=True)),
        minors=Count("pk", filter=Q(adult_from__gt=at, guardian=None)),
        households=Count("household", distinct=True, filter=~Q(household=F("pk"))),
    )
    return [
        Line("Deceased", found["deceased"], "never contacted"),
        Line("Minors without a guardian", found["minors"], "never contacted"),
        Line("Households of several", found["households"], "one message a day reaches them together"),
    ]  # fmt: skip


def _addresses(client: Client, points: QuerySet[ContactPoint], at: datetime) -> list[Line]:
    gone = Subquery(Suppression.objects.in_force(at).filter(client=client).values("address"))
    marks = UnsafeMark.objects.in_force(at)
    doubtful = Subquery(marks.filter(reason__in=NOBODYS).values("address"))
    unsafe = Subquery(marks.exclude(reason__in=NOBODYS).values("address"))
    sms, email = Q(channel=Channel.SMS), Q(channel=Channel.EMAIL)
    found = points.aggregate(
        texts=Count("address", distinct=True, filter=sms & Q(address__in=gone)),
        mails=Count("address", distinct=True, filter=email & Q(address__in=gone)),
        unsafe=Count("address", distinct=True, filter=Q(address__in=unsafe)),
        doubtful=Count("address", distinct=True, filter=email & Q(address__in=doubtful)),
    )
    ended = ContactPoint.objects.filter(client=client, ended_at__lte=at).count()
    return [
        Line("Opted out of texts", found["texts"], "never texted"),
        Line("Opted out of mails, complained or bounced", found["mails"], "never mailed"),
        Line("Wrong numbers and complaints", found["unsafe"], "never contacted"),
        Line("Shared and throw-away mail addresses", found["doubtful"], "as in info@; never mailed"),
        Line("Addresses given up", ended, "bounced for good, not in service, or replaced"),
    ]  # fmt: skip


def _mailboxes(client: Client, points: QuerySet[ContactPoint], at: datetime) -> list[Line]:
    looks = MailLookup.objects.in_force(at).filter(client=client)

    def of(rows: QuerySet[MailLookup]) -> Count:
        return Count("address", distinct=True, filter=Q(address__in=Subquery(rows.values("address"))))

    found = points.filter(channel=Channel.EMAIL).aggregate(
        all=Count("address", distinct=True), looked=of(looks), gone=of(looks.filter(told__in=NO_MAIL)),
        unknown=of(looks.filter(told=Told.UNKNOWN)),
    )  # fmt: skip
    return [
        Line("Mail addresses at a domain without a mail server", found["gone"], "never mailed while that is so; asked again every day"),
        Line("Mail addresses whose domain could not be checked", found["unknown"], "asked again within the hour; not mailed before"),
        Line("Mail addresses whose domain was not looked at yet", found["all"] - found["looked"], "within the hour; not mailed before"),
    ]  # fmt: skip


def _numbers(client: Client, points: QuerySet[ContactPoint], at: datetime) -> list[Line]:
    kinds = NumberLookup.objects.in_force(at).filter(client=client)
    answers = RegistryAnswer.objects.in_force(at).filter(client=client)

    def of(rows: QuerySet[NumberLookup] | QuerySet[RegistryAnswer]) -> Count:
        return Count("address", distinct=True, filter=Q(address__in=Subquery(rows.values("address"))))

    found = points.filter(channel=Channel.SMS).aggregate(
        all=Count("address", distinct=True), looked=of(kinds), landlines=of(kinds.filter(line_type__in=NO_TEXTS)),
        reassigned=of(kinds.filter(reassigned="yes")), listed=of(answers.filter(listed=True)),
        answered=of(RegistryAnswer.objects.good(at).filter(client=client)),
    )  # fmt: skip
    return [
        Line("Landlines and others that take no texts", found["landlines"], "never texted"),
        Line("Numbers that somebody else has now", found["reassigned"], "never texted"),
        Line("On the national do-not-call registry", found["listed"], "texted only with a signed consent or a visit within 18 months"),
        Line("Numbers whose line was not looked up", found["all"] - found["looked"], "a landline among them shows only when a text fails"),
        Line("Numbers without an answer of the registry that counts", found["all"] - found["answered"], "count as listed for recalls"),
    ]  # fmt: skip


def _seen(contacts: QuerySet[Contact], at: datetime) -> list[Line]:
    months18, months36 = (at - KNOWN_LASTS).date(), (at - CONSENT_LASTS).date()
    found = contacts.aggregate(
        lately=Count("pk", filter=Q(last_visit__gte=months18)),
        some=Count("pk", filter=Q(last_visit__lt=months18, last_visit__gte=months36)),
        long=Count("pk", filter=Q(last_visit__lt=months36)),
        unknown=Count("pk", filter=Q(last_visit=None)),
    )
    return [
        Line("Within 18 months", found["lately"]),
        Line("18 to 36 months ago", found["some"]),
        Line("Longer ago", found["long"]),
        Line("Not known", found["unknown"]),
    ]


def _consents(client: Client, points: QuerySet[ContactPoint], at: datetime) -> list[Line]:
    """By number, of the newest consent to texts that is in force."""
    newest = (
        ConsentRecord.objects.in_force(at)
        .filter(client=client, channel=Channel.SMS)
        .order_by()
        .values("address")
        .annotate(newest=Max("since", filter=~Q(method=ConsentRecord.Method.IMPORTED)))
    )
    by_age = newest.filter(address__in=Subquery(points.filter(channel=Channel.SMS).values("address")))
    with_one = by_age.aggregate(
        lately=Count("address", filter=Q(newest__gte=at - KNOWN_LASTS)),
        later=Count("address", filter=Q(newest__lt=at - KNOWN_LASTS, newest__gte=at - CONSENT_LASTS)),
        old=Count("address", filter=Q(newest__lt=at - CONSENT_LASTS)),
        undated=Count("address", filter=Q(newest=None)),
    )
    numbers = points.filter(channel=Channel.SMS).aggregate(all=Count("address", distinct=True))["all"]
    return [
        Line("Within 18 months", with_one["lately"]),
        Line("18 to 36 months ago", with_one["later"], "ask anew before it runs out"),
        Line("Longer ago", with_one["old"], "asked for anew, unless they were seen since"),
        Line("Imported without its day", with_one["undated"], "counts as longer ago: texted only if seen within 36 months"),
        Line("None on record", numbers - sum(with_one.values()), "not texted"),
        Line("People who said yes to another name than the practice has now", people_by_client([client.pk], at).get(client.pk, 0),
             "a consent belongs to the practice it names: ask anew, or have counsel look at it"),
    ]  # fmt: skip


def _looked(client: Client, at: datetime) -> list[Looked]:
    imported = Import.objects.filter(client=client, state=Import.State.DONE).select_related("attested_by")
    brought = imported.order_by("-done_at").first()
    opt_outs = (
        OptOutList.objects.filter(client=client, state=OptOutList.State.DONE)
        .select_related("brought_by")
        .order_by("-done_at")
        .first()
    )
    certificate = ListCertificate.objects.filter(client=client, since__lte=at).select_related("certified_by")
    signed = certificate.order_by("-since").first()
    file = (
        RegistryFile.objects.filter(client=client, state=RegistryFile.State.DONE)
        .select_related("filed_by")
        .order_by("-as_of", "-since")
        .first()
    )
    runs = LookupRun.objects.filter(client=client).select_related("asked_by").order_by("-since")
    domains = MailDomain.objects.filter(client=client).aggregate(at=Max("asked_at"), all=Count("pk"))
    kind, owner = runs.first(), runs.filter(reassigned=True).first()
    return [
        Looked("Newest list", brought and brought.done_at, _name(brought and brought.attested_by),
               says=brought.file_name if brought else "", page="imports"),
        Looked("List of past opt-outs", opt_outs and opt_outs.done_at, _name(opt_outs and opt_outs.brought_by),
               says=opt_outs.file_name if opt_outs else "", page="opt_outs"),
        Looked("Certificate that all past opt-outs are in", signed.since if signed else None, _name(signed and signed.certified_by),
               (signed.ended_at or signed.expires_at) if signed else None, page="list_certificate"),
        Looked("National do-not-call registry", file and file.since, _name(file and file.filed_by), file and file.good_until,
               f"as of {file.as_of:%B} {file.as_of.day}, {file.as_of.year}; {file.listed:,} listed" if file else "", "do_not_call"),
        Looked("Mail domains, in the DNS", domains["at"], says=f"{domains['all']:,} looked up" if domains["all"] else ""),
        Looked("Kind of line, at the carrier", kind and kind.since, _name(kind and kind.asked_by), None,
               f"{kind.answered:,} of {kind.wanted:,} answered" if kind else "", "look_up"),
        Looked("Owner of the number, at the carrier", owner and owner.since, _name(owner and owner.asked_by),
               owner and owner.since + timedelta(days=30), f"{owner.answered:,} of {owner.wanted:,} answered" if owner else "", "look_up"),
    ]  # fmt: skip


def _name(who: object) -> str:
    return str(getattr(who, "name", "") or "")
