"""Messages and what became of them, and what people answered: to read."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from messaging.models import Inbound, Message, Status
from messaging.models.message import Delivery
from tenants.api.door import ApiRequest, door
from tenants.api.lists import CHANGED, LIST_PARAMETERS, choice, id_parameter, instant, listed, number, page
from tenants.api.schema import listing
from tenants.models import Channel, Client, Purpose

OF = [
    id_parameter("campaign", "Of this campaign only."),
    id_parameter("contact", "To this contact only."),
    OpenApiParameter("status", str, enum=Status.values),
]
OPEN = [
    id_parameter("contact", "From this contact only."),
    OpenApiParameter("state", str, enum=["open", "handled"], description="`open`: nobody looked at it yet."),
]


class MessageOut(serializers.Serializer[Any]):
    """One step for one person, a member's answer to them, or what confirms their opt-out."""

    id = serializers.IntegerField()
    campaign = serializers.IntegerField(
        source="campaign_id",
        allow_null=True,
        help_text="Of an answer by hand, or the confirmation of an opt-out: none.",
    )
    step = serializers.IntegerField(source="step_id", allow_null=True)
    contact = serializers.IntegerField(source="contact_id")
    channel = serializers.ChoiceField(Channel.choices)
    purpose = serializers.ChoiceField(Purpose.choices)
    status = serializers.ChoiceField(Status.choices)
    failed = serializers.ListField(
        child=serializers.CharField(), help_text="Checks that hold it, by their code."
    )
    delivery = serializers.ChoiceField(Delivery.choices, help_text="What the provider told afterwards.")
    delivery_code = serializers.CharField()
    due_at = serializers.DateTimeField()
    claimed_at = serializers.DateTimeField(
        allow_null=True, help_text="When it was judged clear and handed over."
    )
    settled_at = serializers.DateTimeField(allow_null=True)
    changed_at = serializers.DateTimeField(help_text="When status or delivery changed last.")


class ReplyOut(serializers.Serializer[Any]):
    """What a person wrote to the client."""

    id = serializers.IntegerField()
    contact = serializers.IntegerField(source="contact_id", allow_null=True)
    message = serializers.IntegerField(
        source="message_id", allow_null=True, help_text="What they answered, where known."
    )
    channel = serializers.ChoiceField(Channel.choices)
    value = serializers.CharField(help_text="The address it came from.")
    body = serializers.CharField()
    label = serializers.ChoiceField(Inbound.Label.choices)  # type: ignore[assignment]
    pictures = serializers.IntegerField()
    received_at = serializers.DateTimeField()
    handled_at = serializers.DateTimeField(allow_null=True)


@extend_schema(
    methods=["GET"],
    summary="Messages, newest first",
    parameters=[*LIST_PARAMETERS, *OF, CHANGED],
    responses=listing(MessageOut),
)
@door(GET="messages:read")
def messages(request: ApiRequest, client: Client) -> Response:  # noqa: ARG001
    """Everybody planned for, those held too."""
    rows: QuerySet[Message] = Message.objects.all()
    for name in ("campaign", "contact"):
        if (ident := number(request, name)) is not None:
            rows = rows.filter(**{name: ident})
    if status := choice(request, "status", tuple(Status.values)):
        rows = rows.filter(status=status)
    if since := instant(request, "changed_since"):
        rows = rows.filter(changed_at__gte=since)
    found = page(request, rows, ("campaign", "contact", "status", "changed_since"))
    return Response(listed(found, [dict(MessageOut(each).data) for each in found.rows]))


@extend_schema(methods=["GET"], summary="One message", responses=MessageOut)
@door(GET="messages:read")
def message(request: ApiRequest, client: Client, message: int) -> Response:  # noqa: ARG001
    """A message and its status."""
    found = Message.objects.filter(pk=message).first()
    if found is None:
        raise Http404
    return Response(dict(MessageOut(found).data))


@extend_schema(
    methods=["GET"],
    summary="Replies, newest first",
    parameters=[*LIST_PARAMETERS, *OPEN, CHANGED],
    responses=listing(ReplyOut),
)
@door(GET="replies:read")
def replies(request: ApiRequest, client: Client) -> Response:  # noqa: ARG001
    """What people wrote, and what it was taken for. Reading here does not mark anything as handled."""
    rows: QuerySet[Inbound] = Inbound.objects.all()
    if (contact := number(request, "contact")) is not None:
        rows = rows.filter(contact=contact)
    if state := choice(request, "state", ("open", "handled")):
        rows = rows.filter(handled_at__isnull=state == "open")
    if since := instant(request, "changed_since"):
        rows = rows.filter(Q(received_at__gte=since) | Q(handled_at__gte=since))
    found = page(request, rows, ("contact", "state", "changed_since"))
    return Response(listed(found, [dict(ReplyOut(each).data) for each in found.rows]))


@extend_schema(methods=["GET"], summary="One reply", responses=ReplyOut)
@door(GET="replies:read")
def reply(request: ApiRequest, client: Client, reply: int) -> Response:  # noqa: ARG001
    """A reply in full."""
    found = Inbound.objects.filter(pk=reply).first()
    if found is None:
        raise Http404
    return Response(dict(ReplyOut(found).data))
