"""The national do-not-call registry: bringing a file, and every file that was brought."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from compliance.do_not_call.reading import CLEAR, LISTED
from compliance.forms.do_not_call import RegistryFileForm
from compliance.models import RegistryFile
from compliance.pages.readiness import ONLY_STAFF
from consent.bell import ring
from tenants import audit
from tenants.access import STAFF, MemberRequest, client_page
from tenants.keyset import page_of
from tenants.models import Client


@client_page(roles=STAFF, says=ONLY_STAFF)
@require_http_methods(["GET", "POST"])
def registry(request: MemberRequest, client: Client) -> HttpResponse:
    """Bring a file of the registry, or the answer of a service that looked the list up there."""
    form = RegistryFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        made = form.save(client, request.user)
        audit.record(
            "registry.filed", made, client_id=client.pk, request=request,
            kind=made.kind, as_of=made.as_of.isoformat(), sha256=made.file_sha256,
        )  # fmt: skip
        transaction.on_commit(
            lambda: ring("compliance.tasks.read_registry", client_id=client.pk, file_id=made.pk)
        )
        messages.success(request, "The file is being read. What it says of our numbers will stand below.")
        return redirect("do_not_call", client=client.slug)
    files = RegistryFile.objects.filter(client=client).select_related("filed_by")
    values = {
        "form": form, "page": page_of(files, request.GET.get("after", "")), "listed": sorted(LISTED), "clear": sorted(CLEAR),
    }  # fmt: skip
    return render(request, "compliance/do_not_call.html", values, status=422 if form.is_bound else 200)
