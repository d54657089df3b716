"""The limits on the live page and for the whole client: the same counts as the breakers go by, and nobody else's."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.test import Client as Browser

from campaigns.models import Campaign, Launch
from compliance import stopping
from compliance.models import SentSegments, SmsRegistration
from consent.models import Address, Suppression
from messaging.breakers.tripping import watch
from messaging.models import Message
from messaging.models.message import Delivery
from messaging.providers.base import Outcome
from messaging.rates_pages import picture
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.breakers.world import queue_one_more, sent, told
from tests.messaging.flight import address, handed, queries_of
from tests.messaging.world import MAIL, TEXT, launched

pytestmark = pytest.mark.django_db


def sending(bad: int = 5) -> tuple[Client, Campaign]:
    """Twenty mails handed over, some bounced for good, one more waiting."""
    of = people.clinic()
    made = launched(of, MAIL, texts=20)
    ids = sent(of, 20)
    queue_one_more(of)
    told(of, ids[:bad], Delivery.BOUNCED)
    return of, made


def words(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_the_live_page_shows_each_share_its_count_its_limit_and_what_tripped(client: Browser) -> None:
    clinic, made = sending()
    watch(clinic.pk)
    people.sign_in(client, people.alice())
    shown = words(client, address("live_rates", clinic, made))
    assert "Bounced for good 25.00 % 5 of 20" in shown
    assert "2 %" in shown
    assert "Over" in shown
    assert "Other mail servers" in shown
    assert "5 of 20 mails bounced for good (25 %; the limit is 2 %)" in shown
    assert "Paused until somebody of the agency resumes it." in shown
    with acting_for(clinic.pk):
        stopping.release(clinic, Campaign.objects.get(), people.user("Alice"))
    shown = words(client, address("live_rates", clinic, made))
    assert "by Alice; counted from zero since." in shown
    assert "Bounced for good –" in shown
    assert "live/rates/" in client.get(address("live", clinic, made)).content.decode()


def test_the_picture_draws_each_share_in_percent_of_its_own_limit(client: Browser) -> None:
    clinic, made = sending(bad=0)
    with acting_for(clinic.pk):
        some = Message.objects.filter(status="accepted").order_by("pk")
        told(clinic, [some[0].pk], Delivery.COMPLAINED)
        Message.objects.filter(pk=some[1].pk).update(delivery=Delivery.BOUNCED)
    people.sign_in(client, people.alice())
    page = client.get(address("live_rates", clinic, made)).content.decode()
    found = re.search(r'<script id="shares" type="application/json">(.*?)</script>', page)
    assert found is not None
    data = json.loads(found[1])
    assert [line["label"] for line in data["lines"]] == [
        "The limit", "Bounced for good", "Reported as spam",
    ]  # fmt: skip
    # 1 of 20 is 5 percent: two and a half times a limit of 2, and far beyond what is drawn of a limit of 0.1.
    assert [line["values"][-1] for line in data["lines"]] == [100, 250.0, 300.0]
    assert "style=" not in page


def test_the_picture_draws_refusals_and_unknown_outcomes_blocks_and_missed_opt_outs(client: Browser) -> None:
    clinic = people.clinic()
    made = launched(clinic, TEXT, MAIL, texts=4)
    refused = handed(clinic, Outcome.ACCEPTED, Outcome.UNKNOWN, Outcome.REFUSED)[2:]
    told(clinic, refused, "", "21610")
    with acting_for(clinic.pk):
        data = picture(made, Launch.objects.get(), db_now(), clinic.time_zone)
    assert data is not None
    assert {line["label"]: line["values"][-1] for line in data["lines"]} == {
        "The limit": 100, "Opt-outs missed": 300.0, "Errors": 300.0,
    }  # fmt: skip
    people.sign_in(client, people.alice())
    assert "Nothing has gone wrong" not in words(client, address("live_rates", clinic, made))


def test_nothing_wrong_is_said_in_words(client: Browser) -> None:
    clinic, made = sending(bad=0)
    people.sign_in(client, people.alice())
    assert "Nothing has gone wrong so far" in words(client, address("live_rates", clinic, made))


def test_the_pace_says_what_is_left_of_the_day_and_when_there_is_more(client: Browser) -> None:
    clinic = people.clinic()
    made = launched(clinic, TEXT, texts=2)
    people.sign_in(client, people.alice())
    with acting_for(clinic.pk):
        row = SmsRegistration.objects.get()
        row.seen = {}
        row.save()
        SentSegments.objects.create(
            client=clinic, key=row.day_key, minute=db_now() - timedelta(hours=2), segments=1_500
        )
    shown = words(client, address("live_rates", clinic, made))
    assert "3.75 segments a second; 1,500 of 2,000 segments a day used in the last 24 hours" in shown
    assert "more from" not in shown
    with acting_for(clinic.pk):
        SentSegments.objects.update(segments=2_000)
    assert "This number may send 2,000 segments a day; more from" in words(
        client, address("live_rates", clinic, made)
    )


def test_the_clients_page_compares_campaigns_senders_and_mailbox_providers(client: Browser) -> None:
    clinic, made = sending()
    people.sign_in(client, people.alice())
    shown = words(client, address("rates", clinic))
    assert (
        shown.count("25.00 % 5 of 20, over") == 4
    )  # the campaign, everything together, the sender, the mailbox provider
    assert "25.00 % 5 of 20, over surely 12.74 %" in shown  # what the pause goes by, of few
    assert "hello@mail.brightsmiles.example" in shown
    assert "None so far." in shown
    watch(clinic.pk)
    assert "5 of 20 mails bounced for good" in words(client, address("rates", clinic))
    with acting_for(clinic.pk):
        Message.objects.update(mailbox="gmail")
    before = queries_of(client, address("rates", clinic))
    with acting_for(clinic.pk):
        Message.objects.filter(delivery=Delivery.BOUNCED).update(mailbox="yahoo")
    assert queries_of(client, address("rates", clinic)) == before
    assert address("rates", clinic) in client.get(address("live_rates", clinic, made)).content.decode()


def test_opt_outs_and_errors_stand_at_their_mailbox_provider_too(client: Browser) -> None:
    clinic, made = sending(bad=0)
    with acting_for(clinic.pk):
        written_to = Message.objects.filter(status="accepted").values_list("address_id", flat=True)
        Suppression.objects.bulk_create(
            Suppression(client=clinic, address_id=address_id, channel="email", source="one_click")
            for address_id in written_to[:3]
        )
    people.sign_in(client, people.alice())
    shown = words(client, address("rates", clinic))
    assert shown.count("15.00 % 3 of 20, over") == 4
    _, _, mailboxes = shown.partition("By mailbox provider")
    assert "Opted out limit 3 % Errors limit 5 %" in mailboxes
    assert "15.00 % 3 of 20, over surely 6.16 % 0 % 0 of 20" in mailboxes
    assert "15.00 % 3 of 20, over surely 6.16 % 0 % 0 of 20" in words(
        client, address("live_rates", clinic, made)
    )


def test_without_anything_sent_the_page_says_so(client: Browser) -> None:
    clinic = people.clinic()
    people.sign_in(client, people.alice())
    assert "Nothing was sent in the last fourteen days" in words(client, address("rates", clinic))
    with acting_for(clinic.pk):
        draft = people.campaign(clinic)
    assert client.get(address("live_rates", clinic, draft)).status_code == 404


def test_a_stranger_sees_none_of_it(client: Browser) -> None:
    clinic, made = sending()
    people.sign_in(client, people.charlie())
    for path in (address("rates", clinic), address("live_rates", clinic, made)):
        assert client.get(path).status_code == 404


def test_how_soon_opt_outs_held_is_summed_from_their_own_rows(client: Browser) -> None:
    clinic, rival, at = people.clinic(), people.rival_clinic(), db_now()
    with acting_for(clinic.pk):
        long_ago = at - timedelta(days=31)
        took = [timedelta(milliseconds=10 * (number + 1)) for number in range(99)]
        opt_outs(clinic, "sms", "keyword", at - timedelta(days=1), [*took, timedelta(minutes=5)])
        opt_outs(clinic, "sms", "keyword", long_ago, [timedelta(hours=9)])
        opt_outs(clinic, "sms", "import", at - timedelta(days=1), [timedelta(hours=9)])  # nobody's own wish
        opt_outs(clinic, "email", "one_click", at - timedelta(days=1), [None])
    with acting_for(rival.pk):
        opt_outs(rival, "sms", "keyword", at - timedelta(days=1), [timedelta(hours=9)])
    people.sign_in(client, people.alice())
    shown = words(client, address("rates", clinic))
    assert "Text 100 0.50 s 0.99 s 5 min 0" in shown
    assert "E-mail 1 – – – 1" in shown
    people.sign_in(client, people.charlie())
    assert client.get(address("rates", clinic)).status_code == 404
    assert "Text 1 540 min" in words(client, address("rates", rival))


def opt_outs(
    of: Client, channel: str, source: str, since: datetime, took: Sequence[timedelta | None]
) -> None:
    """Opt-outs of new addresses, each enforced so long after, or not yet."""
    new = [people.a_phone() for _ in took]
    values = new if channel == "sms" else [f"{each[1:]}@example.org" for each in new]
    spots = Address.objects.resolve(channel, values)
    Suppression.objects.bulk_create(
        Suppression(
            client=of, address_id=spots[value], channel=channel, source=source, since=since,
            enforced_at=since + each if each is not None else None,
        )
        for value, each in zip(values, took, strict=True)
    )  # fmt: skip
