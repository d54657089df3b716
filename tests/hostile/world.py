"""A clinic in which every page has something to show and every form stands open, and a browser for each kind of person."""

from __future__ import annotations

from typing import Any

from django.test import Client as Browser
from django.test import TestCase
from django.urls import reverse

from campaigns.models import Step
from consent.importing.receiving import receive
from consent.models import Contact, ContactPoint, PreferenceLink
from tenants.hashing import new_token
from tenants.inviting import invite
from tenants.models import Client, Role, User
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import ask_again, enrol, opened
from tests.test_walker import CLIENT_PAGES, ROUTES
from tests.walked import objects_of


def pages(clinic: Client) -> dict[str, list[str]]:
    """The addresses to look at, by who looks: `staff`, `signer` (holds a review link), `nobody`."""
    ids = objects_of(clinic) | {"client": clinic.slug}
    with acting_for(clinic.pk):
        draft = people.campaign(
            clinic, {"channel": "sms"}, {"channel": "email"}, name="A draft", by=people.olive()
        )
        asked = people.campaign(clinic, {"channel": "sms"}, name="Laid before the client")
        request = ask_again(asked, User.objects.get(email="olive@example.org"))

        from campaigns import asking

        bob = User.objects.get(email="bob@example.org")
        review = asking.make_link(request, bob)
        listed = receive(
            clinic, [b"First name,Last name,Cell\nJane,Doe,(574) 231-0611\n"], "list.csv", by=None
        )
        steps = Step.objects.filter(campaign=draft).values_list("pk", flat=True)
        point = ContactPoint.objects.filter(contact=Contact.objects.order_by("pk").first()).first()
        token, digest = new_token()
        assert point is not None
        PreferenceLink.objects.create(token_hash=digest, client=clinic, address_id=point.address_id)
        others = [
            ids,
            *({**ids, "campaign": draft.pk, "step": step, "import_id": listed.pk} for step in steps),
        ]
        others += [ids | {"channel": "email"}, ids | {"provider": "sendgrid"}, ids | {"provider": "smtp"}]
    found = [route.url(given) for given in others for route in CLIENT_PAGES]
    found += [
        reverse(route.name)
        for route in ROUTES
        if route.access and not route.kwargs and "logout" not in route.name
    ]
    invited = _invited(clinic)
    return {
        "staff": list(dict.fromkeys(found)),
        "signer": [reverse("review", args=[review])]
        + [f"/a/{review}/{door}/" for door in ("sign", "change")],
        "nobody": [reverse("unsubscribe", args=[token]), reverse("invitation", args=[invited])]
        + [reverse(name) for name in ("account_login", "account_reset_password")],
    }


def _invited(clinic: Client) -> str:
    from django.core import mail

    olive = User.objects.get(email="olive@example.org")
    agency: Any = clinic.agency
    with TestCase.captureOnCommitCallbacks(execute=True):
        invite(
            email="paula@example.net", name="Paula", role=Role.VIEWER, agency=agency, client=clinic, by=olive
        )
    link = next(line for line in str(mail.outbox[-1].body).splitlines() if "/invitation/" in line)
    return link.strip().rstrip("/").rpartition("/")[2]


def browsers(review: str) -> dict[str, Browser]:
    """Who sends: the agency's owner, the signer before the opened link, nobody."""
    olive = User.objects.get(email="olive@example.org")
    bob = User.objects.get(email="bob@example.org")
    enrol(bob)
    signer = opened(Browser(), review)
    made = {"staff": people.sign_in(Browser(), olive), "signer": signer, "nobody": Browser()}
    for each in made.values():
        each.raise_request_exception = False
    return made
