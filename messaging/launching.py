"""The one door to a launch, for the button and for the clock: signed, and the flight check green with the audience counted now."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest

from campaigns.fingerprint import signed_content
from campaigns.models import Campaign, Launch
from compliance.acting import who_acts
from compliance.checks import BY_CODE
from compliance.content.review import blocks, review_for
from compliance.flight import whole_rows
from compliance.preview import steps_of
from messaging.outbox import NotApproved, launch
from tenants.clock import db_now
from tenants.models import User

REVIEWED = "words_not_reviewed"


class NotInOrder(Exception):
    """Nothing was launched: the codes of what is not in order."""

    def __init__(self, why: list[str]) -> None:
        super().__init__(", ".join(why))
        self.why = why


def set_in_motion(campaign: Campaign, by: User | None, request: HttpRequest | None = None) -> Launch:
    """Launch, and take it back unless everything about the words, the client and the senders is in order.

    Inside the client's scope. What is launched already stays so, whatever is not in order since. Raises NotInOrder.
    """
    with transaction.atomic():
        Campaign.objects.select_for_update().get(pk=campaign.pk)
        before = set(Launch.objects.filter(campaign=campaign).values_list("pk", flat=True))
        try:
            launched = launch(campaign, by, request)
        except NotApproved:
            raise NotInOrder(["not_approved"]) from None
        if launched.pk not in before and (wrong := not_in_order(campaign)):
            raise NotInOrder(wrong)
        return launched


def not_in_order(campaign: Campaign) -> list[str]:
    """The checks of the flight check that would keep the whole campaign back now; empty: a launch may be."""
    rows = whole_rows(campaign, steps_of(campaign), db_now())
    wrong = [each.check.code for each in rows if each.answer != "clear"]
    # What the words say of days was true when approval was asked, and a signature holds for 30 days (rule OFFER-ENDS).
    if REVIEWED not in wrong and blocks(review_for(campaign.client, signed_content(campaign))):
        wrong.append(REVIEWED)
    return wrong


def sentences(why: list[str]) -> list[str]:
    """What stands in the way, and who can change it."""
    return [f"{BY_CODE[code].says} Must act: {who_acts(code)}." for code in why if code in BY_CODE]
