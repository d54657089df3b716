"""Campaigns, to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from campaigns.models import Campaign
from campaigns.state import State, states_of
from tenants.api.door import ApiRequest, door
from tenants.api.lists import LIST_PARAMETERS, listed, page
from tenants.api.schema import listing
from tenants.models import Channel, Client, Purpose


class StepOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    position = serializers.IntegerField()
    channel = serializers.ChoiceField(Channel.choices)
    delay_days = serializers.IntegerField()
    subject = serializers.CharField()
    body = serializers.CharField(help_text="With its merge fields.")


class CampaignOut(serializers.Serializer[Any]):
    """A campaign as it stands now."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    purpose = serializers.ChoiceField(Purpose.choices)
    state = serializers.ChoiceField(State.choices)
    fingerprint = serializers.CharField(help_text="Of everything the client signs.")
    starts_on = serializers.DateField(allow_null=True)
    created_at = serializers.DateTimeField()
    steps = StepOut(many=True)


@extend_schema(
    methods=["GET"],
    summary="Campaigns, newest first",
    parameters=LIST_PARAMETERS,
    responses=listing(CampaignOut),
)
@door(GET="campaigns:read")
def campaigns(request: ApiRequest, client: Client) -> Response:  # noqa: ARG001
    """Drafts, running and done; those put away too."""
    found = page(request, Campaign.objects.prefetch_related("steps"))
    return Response(listed(found, _out(found.rows)))


@extend_schema(methods=["GET"], summary="One campaign", responses=CampaignOut)
@door(GET="campaigns:read")
def campaign(request: ApiRequest, client: Client, campaign: int) -> Response:  # noqa: ARG001
    """A campaign with its steps."""
    found = Campaign.objects.prefetch_related("steps").filter(pk=campaign).first()
    if found is None:
        raise Http404
    return Response(_out([found])[0])


def _out(rows: Sequence[Campaign]) -> list[dict[str, Any]]:
    states = states_of(each.pk for each in rows)
    names = ("id", "name", "purpose", "fingerprint", "starts_on", "created_at")
    return [
        dict(
            CampaignOut(
                {name: getattr(each, name) for name in names}
                | {"state": states[each.pk], "steps": each.steps.all()}
            ).data
        )
        for each in rows
    ]
