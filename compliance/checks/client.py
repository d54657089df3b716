"""The client: what it is, what it signed, who may see its data, and the red buttons."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from compliance.checks.applying import EMAIL, PLANNED, WAIT
from compliance.facts import Facts, Group, forbid, require
from compliance.models import ListCertificate, Stop, StopEverything
from consent.models import Import
from tenants.models import Agreement, Client, PostalAddress, Provider, ProviderAccount, SubProcessor


@require("covered_unset", effect=WAIT, group=Group.CLIENT, cites="45 CFR 160.103", fix="settings")
def covered_answered(m: Facts) -> QuerySet[Client]:
    """Nobody has answered whether HIPAA covers this client."""
    return Client.objects.filter(pk=m.client).exclude(covered=Client.Covered.UNSET)


@require("no_baa", effect=WAIT, group=Group.CLIENT, cites="45 CFR 164.502(e), 164.504(e)", fix="readiness")
def under_baa(m: Facts) -> QuerySet[Client]:
    """No business associate agreement with this client is in force."""
    signed = Agreement.objects.with_client().in_force(m.at).filter(client=m.inner.client)
    return Client.objects.filter(Q(covered=Client.Covered.NOT_COVERED) | Exists(signed), pk=m.client)


@require(
    "provider_not_allowed",
    effect=WAIT,
    group=Group.CLIENT,
    cites="45 CFR 164.308(b), 164.314(a); SG-PHI",
    fix="readiness",
)
def provider_allowed(m: Facts) -> QuerySet[Client]:
    """This provider may not carry this client's data: no agreement with it is on file, it names another mail server or no
    HIPAA account, or the provider signs none (SendGrid)."""
    elsewhere = ProviderAccount.objects.in_force(m.at).filter(
        ~Q(host=OuterRef("host")), client=OuterRef("client"), provider=Provider.SMTP
    )
    chain = (
        Agreement.objects.in_force(m.at)
        .carrying()
        .filter(
            ~Q(provider=Provider.SMTP) | ~Exists(elsewhere), client=m.inner.client, provider=m.inner.provider
        )
    )
    return Client.objects.filter(Q(covered=Client.Covered.NOT_COVERED) | Exists(chain), pk=m.client)


@require(
    "hosting_unsigned",
    effect=WAIT,
    group=Group.CLIENT,
    cites="45 CFR 164.308(b); HIPAA-BAA-CHAIN",
    fix="readiness",
)
def chain_signed(m: Facts) -> QuerySet[Client]:
    """No agreement with the company that hosts this installation, and so sees the client's data, is on file."""
    hosting = Agreement.objects.in_force(m.at).filter(kind=Agreement.Kind.HOSTING, client=m.inner.client)
    return Client.objects.filter(Q(covered=Client.Covered.NOT_COVERED) | Exists(hosting), pk=m.client)


@forbid(
    "company_unsigned",
    effect=WAIT,
    group=Group.CLIENT,
    cites="45 CFR 164.308(b), 164.502(e)(1)(ii); HIPAA-BAA-CHAIN",
    fix="readiness",
)
def companies_signed(m: Facts) -> QuerySet[SubProcessor]:
    """A further company is named that sees this client's data, and no agreement with it is on file."""
    signed = Agreement.objects.in_force(m.inner.at).filter(
        client=m.inner.client, sub_processor=OuterRef("pk")
    )
    bound = Client.objects.filter(pk=m.inner.client).exclude(covered=Client.Covered.NOT_COVERED)
    return SubProcessor.objects.in_force(m.at).filter(~Exists(signed), Exists(bound), client=m.client)


@require(
    "addiction_unanswered", effect=WAIT, group=Group.CLIENT, cites="42 CFR part 2; PART2-SUD", fix="settings"
)
def no_addiction_records(m: Facts) -> QuerySet[Client]:
    """Nobody has answered that this client's list tells nothing about treatment for addiction."""
    return Client.objects.filter(pk=m.client, addiction=Client.Addiction.NO)


@require(
    "no_postal_address",
    effect=WAIT,
    group=Group.CLIENT,
    cites="15 USC 7704(a)(5); 16 CFR 316.2(p)",
    fix="readiness",
    applies=EMAIL,
)
def has_postal_address(m: Facts) -> QuerySet[PostalAddress]:
    """No postal address of the client is confirmed, and every mail must show one."""
    return PostalAddress.objects.in_force(m.at).filter(client=m.client)


@require(
    "list_not_certified",
    effect=WAIT,
    group=Group.CLIENT,
    cites="CONSENT-IMPORT-OPTOUTS",
    fix="readiness",
    applies=PLANNED,
)
def list_certified(m: Facts) -> QuerySet[ListCertificate]:
    """Nobody has certified in the last 30 days, and since the last import, that all past opt-outs are in."""
    newer = Import.objects.filter(
        client=m.inner.client, state=Import.State.DONE, done_at__gt=OuterRef("since"), taken__gt=0
    )
    return ListCertificate.objects.in_force(m.at).filter(~Exists(newer), client=m.client, expires_at__gt=m.at)


@forbid("campaign_stopped", effect=WAIT, group=Group.CLIENT, fix="live")
def campaign_stopped(m: Facts) -> QuerySet[Stop]:
    """This campaign is paused or stopped."""
    return Stop.objects.in_force(m.at).filter(client=m.client, campaign=m.campaign)


@forbid("client_stopped", effect=WAIT, group=Group.CLIENT, fix="readiness")
def client_stopped(m: Facts) -> QuerySet[Stop]:
    """All sending for this client is stopped."""
    return Stop.objects.in_force(m.at).filter(client=m.client, campaign=None)


@forbid("everything_stopped", effect=WAIT, group=Group.CLIENT)
def everything_stopped(m: Facts) -> QuerySet[StopEverything]:
    """All sending is stopped, for every client."""
    return StopEverything.objects.in_force(m.at)
