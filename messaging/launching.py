"""The one door to a launch, for the button and for the clock: signed, and the flight check green with the audience counted now."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest

from campaigns.fingerprint import signed_content
from campaigns.models import Approval, Campaign, Launch
from compliance.acting import who_acts
from compliance.checks import BY_CODE
from compliance.content.review import blocks, review_for
from compliance.counting import KEPT
from compliance.flight import whole_rows
from compliance.preview import steps_of
from messaging.consequences import consequences
from messaging.outbox import NotApproved, launch
from tenants import audit
from tenants.clock import db_now
from tenants.models import User

REVIEWED = "words_not_reviewed"
TOO_LATE, NOT_COUNTED = "too_late", "not_counted"
OWN = {
    TOO_LATE: "At the rate of its number, or with the people whom the front desk answers in a day, it cannot finish while its "
    "messages are valid: some would run out before their turn. Give it more days, fewer people or another number, or "
    "launch it by hand with a reason.",
    NOT_COUNTED: "The list is long and is being counted. Try again in a minute.",
}
# Why somebody launches what cannot finish in time.
DESPITE = {
    "some_are_enough": "It is enough that some are reached",
    "rate_rises": "The number’s rate is about to be raised",
    "others_later": "Who is left over gets another campaign later",
    "client_wants": "The practice wants it so",
}


class NotInOrder(Exception):
    """Nothing was launched: the codes of what is not in order."""

    def __init__(self, why: list[str]) -> None:
        super().__init__(", ".join(why))
        self.why = why


def set_in_motion(
    campaign: Campaign, by: User | None, request: HttpRequest | None = None, despite: str = ""
) -> Launch:
    """Launch, and take it back unless everything about the words, the client and the senders is in order.

    Inside the client's scope. What is launched already stays so, whatever is not in order since. Raises NotInOrder.
    `despite`: why it is launched although it cannot finish in time (rule A2P-VOLUME), one of DESPITE; on record with who said so.
    """
    with transaction.atomic():
        Campaign.objects.select_for_update().get(pk=campaign.pk)
        before = set(Launch.objects.filter(campaign=campaign).values_list("pk", flat=True))
        try:
            launched = launch(campaign, by, request)
        except NotApproved:
            raise NotInOrder(["not_approved"]) from None
        if launched.pk not in before:
            if wrong := not_in_order(campaign):
                raise NotInOrder(wrong)
            if late := _running_out(campaign, launched):
                if despite not in DESPITE:
                    raise NotInOrder([TOO_LATE])
                audit.record(
                    "campaign.launched_too_late", campaign, client_id=campaign.client_id, by=by, request=request, reason=despite, steps=late
                )  # fmt: skip
        return launched


def _running_out(campaign: Campaign, launched: Launch) -> list[int]:
    """The messages that cannot all leave in time, by the count that the page showed or one made now. Who says yes later comes singly."""
    if campaign.greets:
        return []
    approval = Approval.objects.filter(version=launched.version_id).order_by("-since")[0]
    plan = consequences(campaign, launched.version, approval.since, older=KEPT)
    if plan is None:
        raise NotInOrder([NOT_COUNTED])
    return plan.running_out


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
    return [
        f"{BY_CODE[code].says} Must act: {who_acts(code)}." if code in BY_CODE else OWN[code]
        for code in why
        if code in BY_CODE or code in OWN
    ]
