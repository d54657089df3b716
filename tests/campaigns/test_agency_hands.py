"""No agency hand on the client's pen: every role of the agency, at every door, in every state of a campaign, makes no signature."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from typing import Any

import pytest
from django.test import Client as Browser

from campaigns import approval, asking
from campaigns.models import Approval, ApprovalRequest, Campaign, Cosignature, Launch, ReviewLink, Step
from campaigns.state import State, state_of
from compliance.models import Stop
from messaging.models import Message, Status
from tenants.api import tokens
from tenants.clock import db_now
from tenants.models import Channel, Client, Membership, Role, Scope, User
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import ask_again, enrol, opened, signature
from tests.campaigns.test_approval import BOBS
from tests.hostile.test_forms import undone
from tests.test_walker import ROUTES, Route
from tests.walked import objects_of

pytestmark = pytest.mark.django_db
METHODS = ("post", "put", "patch", "delete")  # looking writes nothing: tests/test_walker.py
PEN = ("review_sign", "approval_review_here", "ask_approval")
SIGNED = (State.APPROVED, State.RUNNING, State.PAUSED, State.STOPPED, State.DONE)


class Desk:
    """A practice whose mailed reviews, and the codes in them, have come into the agency's hands."""

    def __init__(self) -> None:
        self.clinic: Client = people.clinic()
        self.ids: dict[str, Any] = objects_of(self.clinic) | {"client": self.clinic.slug}
        self.bob = User.objects.get(email="bob@example.org")
        self.drafter = people.alice()
        self.bobs_secret = enrol(self.bob)
        with acting_for(self.clinic.pk):
            self.key = tokens.make(self.clinic, name="All", scopes=Scope.values, days=30, by=self.drafter)[1]

    def campaign(self, state: State) -> tuple[Campaign, str]:
        """One in that state, and a link to a review of it that Bob was mailed."""
        with acting_for(self.clinic.pk):
            made = people.campaign(
                self.clinic, {"channel": Channel.SMS}, by=self.drafter, name=f"In state {state}"
            )
            request = ask_again(made, self.drafter)
            if state in SIGNED:
                for who in (self.bob, User.objects.get(name="Ben")):  # the practice wants both
                    approval.sign(request.pk, who, BOBS)
            link = asking.make_link(request, self.bob)
            self._bring(made, request, state)
            assert state_of(made) == state
        return made, link

    def _bring(self, made: Campaign, request: ApprovalRequest, state: State) -> None:
        at = db_now()
        if state in (State.DRAFT, State.ARCHIVED):
            ApprovalRequest.objects.filter(pk=request.pk).update(closed_at=at, outcome="withdrawn")
        if state == State.ARCHIVED:
            Campaign.objects.filter(pk=made.pk).update(archived_at=at)
        if state in SIGNED[1:]:
            Launch.objects.create(client=self.clinic, campaign=made, version=request.version, planned_at=at)
        if state in (State.RUNNING, State.PAUSED, State.STOPPED):
            self._waits(made, request)
        if state in (State.PAUSED, State.STOPPED):
            kind = Stop.Kind.PAUSE if state == State.PAUSED else Stop.Kind.STOP
            Stop.objects.create(client=self.clinic, campaign=made, kind=kind, reason="x")

    def _waits(self, made: Campaign, request: ApprovalRequest) -> None:
        """One message that has not been handed over, or the campaign would be done."""
        waiting = Message.objects.get(status=Status.QUEUED, pk=self.ids["message"])
        step = Step.objects.get(campaign=made)
        waiting.pk, waiting.campaign, waiting.step = None, made, step
        waiting.campaign_version = request.version
        waiting.save(force_insert=True)

    def hand(self, who: User, link: str) -> tuple[Browser, dict[str, str]]:
        """Somebody signed in, with a second factor of their own and the mailed review open; what they would sign with."""
        secret = self.bobs_secret if who == self.bob else enrol(who)
        browser = people.sign_in(Browser(raise_request_exception=False), who)
        with acting_for(self.clinic.pk):
            awaits = ReviewLink.objects.filter(ended_at=None, request__closed_at=None).exists()
        if awaits:
            opened(browser, link)
        given = signature(secret) | {"words": "Go on.", "reason": "Go on.", "how": "any", "name": "Robert"}
        return browser, given

    def pens(self) -> int:
        """Signatures that stand, whole ones and those that others must complete."""
        with acting_for(self.clinic.pk):
            return int(Approval.objects.count() + Cosignature.objects.count())

    def tried(
        self, browser: Browser, given: dict[str, str], made: Campaign, link: str, doors: Iterable[Route],
        methods: tuple[str, ...] = ("post",),
    ) -> list[str]:  # fmt: skip
        """The doors that made a signature; each attempt is taken back."""
        with acting_for(self.clinic.pk):
            step, before = Step.objects.get(campaign=made).pk, self.pens()
        made_by = []
        for route in doors:
            ids = self.ids | {"campaign": made.pk, "step": step, "position": 1}
            of_link = route.access is not None and route.access.kind == "token"
            ids |= {"token": link} if of_link else {}
            if route.access is None or set(route.kwargs) - set(ids):
                continue
            for method in methods:
                cookies = copy(browser.cookies)  # a door may give another session, which is taken back too
                with undone():
                    heads = {"Authorization": f"Bearer {self.key}"} if route.access.kind == "api" else {}
                    getattr(browser, method)(route.url(ids), given, headers=heads)
                    if self.pens() != before:
                        made_by.append(f"{method} {route.name}")
                browser.cookies = cookies
        return made_by


@pytest.fixture
def desk() -> Desk:
    return Desk()


def owner(desk: Desk) -> User:
    return people.olive()


def staff(desk: Desk) -> User:
    return desk.drafter


def owner_made_contact(desk: Desk) -> User:
    """Whoever may change roles gives themselves the client's."""
    both = people.member("Quentin", Role.OWNER, of=people.agency())
    Membership.objects.create(user=both, role=Role.APPROVER, client=desk.clinic)
    return both


HANDS: list[Callable[[Desk], User]] = [owner, staff, owner_made_contact]


def test_no_hand_of_the_agency_signs_though_it_holds_the_mailed_code_and_the_clients_contact_does(
    desk: Desk,
) -> None:
    made, link = desk.campaign(State.ASKED)
    doors = [each for each in ROUTES if each.name in PEN]
    for hand in (staff, owner_made_contact):
        browser, given = desk.hand(hand(desk), link)
        assert desk.tried(browser, given, made, link, doors) == [], hand.__name__
    browser, given = desk.hand(desk.bob, link)
    assert desk.tried(browser, given, made, link, doors) == ["post review_sign"], "they were tried in earnest"


@pytest.mark.reliability
@pytest.mark.parametrize("state", State.values)
def test_no_role_of_the_agency_signs_at_any_door_in_any_state(desk: Desk, state: str) -> None:
    made, link = desk.campaign(State(state))
    for hand in HANDS:
        browser, given = desk.hand(hand(desk), link)
        assert desk.tried(browser, given, made, link, ROUTES, METHODS) == [], hand.__name__
