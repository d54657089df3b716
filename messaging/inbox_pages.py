"""The inbox: what people wrote back, what it was taken for, and the decisions left to a person."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from consent.models import Contact, ContactPoint, Pause, Suppression
from consent.suppressing import suppress
from messaging.models import Inbound, Message
from tenants import audit
from tenants.access import MemberRequest, client_page
from tenants.clock import db_now
from tenants.hashing import word_hash, words_of
from tenants.keyset import page_of
from tenants.models import Client

FILTERS = {"open": "To decide", "": "All", **{label.value: str(label.label) for label in Inbound.Label}}


@client_page()
def inbox(request: MemberRequest, client: Client) -> HttpResponse:
    return HttpResponse()


@client_page()
def thread(request: MemberRequest, client: Client, contact: int) -> HttpResponse:
    return HttpResponse()


@require_POST
@client_page()
def resolve(request: MemberRequest, client: Client, reply: int) -> HttpResponse:
    return HttpResponse()
