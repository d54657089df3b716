"""What every page's frame shows: the demo's banner, the client at hand, the clients to switch to."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from tenants import masking, tour
from tenants.access import visible_clients
from tenants.models import Membership
from tenants.models.member import AGENCY_ROLES


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context for templates/base.html. Lists are lazy: pages without the frame ask nothing."""
    member = getattr(request, "member", None)
    values: dict[str, Any] = {
        "demo": settings.DEMO,
        "client": getattr(request, "client", None),
        "member": member,
        "clear": SimpleLazyObject(lambda: masking.sees_clear(request)),
        "named": SimpleLazyObject(lambda: masking.sees_names(request)),
        "clear_until": SimpleLazyObject(lambda: masking.clear_until(request)),
        "clear_reasons": SimpleLazyObject(
            lambda: list(masking.REASONS.items()) if masking.needs_reason(request) else []
        ),
    }
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        values["tour"] = tour.panel(request)
        values["my_clients"] = SimpleLazyObject(lambda: list(visible_clients(user)[:200]))
        values["is_staff_member"] = (
            member.role in AGENCY_ROLES
            if member
            else SimpleLazyObject(
                lambda: Membership.objects.in_force().filter(user=user, role__in=AGENCY_ROLES).exists()
            )
        )
    return values
