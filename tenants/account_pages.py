"""Pages about one's own account that allauth would let people do, and we do not."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tenants.access import MemberRequest, signed_in


@require_GET
@signed_in
def address(request: MemberRequest) -> HttpResponse:
    """The address of an account is fixed: it decides who may sign for whom."""
    return render(request, "account/email.html")
