"""Filing and withdrawing agreements, the postal address, the certificate."""

from __future__ import annotations

import base64
from datetime import timedelta

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import get_valid_filename
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campaigns.fingerprint import refresh_client
from compliance.forms.agreements import AddressForm, AgreementForm, CertificateForm, CompanyForm
from compliance.models import ListCertificate
from compliance.pages.readiness import ONLY_STAFF, THEIR_WORD
from tenants import audit
from tenants.access import STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.file_kinds import kind_of
from tenants.models import Agreement, Client, PostalAddress, Provider, ProviderAccount, SubProcessor

CERTIFIED_FOR = timedelta(days=30)


@client_page(roles=STAFF, says=ONLY_STAFF)
@require_http_methods(["GET", "POST"])
def new(request: MemberRequest, client: Client) -> HttpResponse:
    """File a signed agreement with its evidence."""
    first = {
        "kind": request.GET.get("kind", Agreement.Kind.CLIENT),
        "provider": request.GET.get("provider", ""),
        "parties": f"{client.legal_name or client.name} and {client.agency.name}",
    }
    first["company"] = request.GET.get("company", "")
    account = ProviderAccount.objects.in_force(db_now()).filter(client=client, provider=Provider.SMTP).first()
    first["host"] = account.host if account else ""
    companies = list(SubProcessor.objects.filter(client=client, ended_at=None).order_by("name", "pk"))
    form = AgreementForm(request.POST or None, request.FILES or None, initial=first, companies=companies)
    if request.method == "POST" and form.is_valid():
        filed = form.save(client, request.user)
        audit.record(
            "agreement.filed",
            filed,
            client_id=client.pk,
            request=request,
            kind=filed.kind,
            provider=filed.provider,
            sha256=filed.file_sha256,
        )
        messages.success(request, "The agreement is filed.")
        return redirect("readiness", client=client.slug)
    return render(request, "compliance/agreement.html", {"form": form}, status=422 if form.is_bound else 200)


@client_page(roles=STAFF, says=ONLY_STAFF)
@require_http_methods(["GET", "POST"])
def company(request: MemberRequest, client: Client) -> HttpResponse:
    """Name a further company that sees the client's data."""
    form = CompanyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = form.save(commit=False)
        row.client, row.named_by = client, request.user
        row.save()
        audit.record("company.named", row, client_id=client.pk, request=request)
        if client.needs_agreement:
            messages.warning(request, "Named. Nothing is sent until an agreement with it is on file.")
            return redirect(reverse("agreement_new", args=[client.slug]) + f"?kind=other&company={row.pk}")
        messages.success(request, "Named.")
        return redirect("readiness", client=client.slug)
    return render(request, "compliance/company.html", {"form": form}, status=422 if form.is_bound else 200)


@client_page(roles=STAFF, says=ONLY_STAFF)
@require_POST
def company_end(request: MemberRequest, client: Client, company: int) -> HttpResponse:
    """It sees nothing of the client any more."""
    row = get_object_or_404(SubProcessor, pk=company, client=client)
    if SubProcessor.objects.filter(pk=row.pk, ended_at=None).update(ended_at=db_now(), ended_by=request.user):
        audit.record("company.ended", row, client_id=client.pk, request=request)
        messages.success(request, f"{row.name} is not in the chain any more. Its agreements stay on file.")
    return redirect("readiness", client=client.slug)


@client_page(roles=THEIR_WORD)
@require_GET
def file(request: MemberRequest, client: Client, agreement: int) -> HttpResponse:
    """The document itself."""
    row = get_object_or_404(Agreement, pk=agreement, client=client)
    data = base64.b64decode(row.file)
    audit.record("agreement.opened", row, client_id=client.pk, request=request)
    response = HttpResponse(data, content_type=kind_of(data) or "application/octet-stream")
    response["Content-Disposition"] = (
        f'attachment; filename="{get_valid_filename(row.file_name).encode("ascii", "ignore").decode() or "agreement"}"'
    )
    return response


@client_page(roles=STAFF, says=ONLY_STAFF)
@require_POST
def withdraw(request: MemberRequest, client: Client, agreement: int) -> HttpResponse:
    """End an agreement now: from the next message on it does not count."""
    row = get_object_or_404(Agreement.objects.defer("file"), pk=agreement, client=client)
    if Agreement.objects.filter(Q(ended_at=None) | Q(ended_at__gt=db_now()), pk=row.pk).update(
        ended_at=db_now()
    ):
        audit.record("agreement.withdrawn", row, client_id=client.pk, request=request)
        messages.success(
            request, "The agreement is withdrawn. Nothing more is sent or imported on its strength."
        )
    return redirect("readiness", client=client.slug)


@client_page(roles=THEIR_WORD, says=ONLY_STAFF)
@require_http_methods(["GET", "POST"])
def address(request: MemberRequest, client: Client) -> HttpResponse:
    """Confirm the postal address. It is part of what the client signs, so a new one voids approvals."""
    before = PostalAddress.objects.filter(client=client, ended_at=None).first()
    form = AddressForm(request.POST or None, instance=PostalAddress(client=client), initial=_values(before))
    if request.method == "POST" and form.is_valid():
        PostalAddress.objects.filter(client=client).end(db_now())
        row = form.save(commit=False)
        row.confirmed_by = request.user
        row.save()
        voided = refresh_client(client)
        audit.record(
            "postal_address.confirmed", row, client_id=client.pk, request=request, campaigns_changed=voided
        )
        messages.success(
            request,
            "The postal address is confirmed."
            + (" Campaigns that show it must be approved again." if voided else ""),
        )
        return redirect("readiness", client=client.slug)
    return render(
        request,
        "compliance/address.html",
        {"form": form, "before": before},
        status=422 if form.is_bound else 200,
    )


def _values(row: PostalAddress | None) -> dict[str, str]:
    return {"line": row.line, "city": row.city, "state": row.state, "zip_code": row.zip_code} if row else {}


@client_page(roles=THEIR_WORD, says=ONLY_STAFF)
@require_http_methods(["GET", "POST"])
def certificate(request: MemberRequest, client: Client) -> HttpResponse:
    """A named person certifies the list for 30 days, or until the next import."""
    statement = CertificateForm.statement(client)
    form = CertificateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        at = db_now()
        ListCertificate.objects.filter(client=client).end(at)
        row = ListCertificate.objects.create(
            client=client, certified_by=request.user, since=at, expires_at=at + CERTIFIED_FOR,
            statement=f"{statement}\n{form.cleaned_data['typed_name']}",
        )  # fmt: skip
        audit.record("list.certified", row, client_id=client.pk, request=request)
        messages.success(request, "The list is certified for 30 days, or until the next import.")
        return redirect("readiness", client=client.slug)
    return render(
        request,
        "compliance/certificate.html",
        {"form": form, "statement": statement},
        status=422 if form.is_bound else 200,
    )
