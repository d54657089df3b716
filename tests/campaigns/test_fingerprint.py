from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.fingerprint import derive, fingerprint_of, refresh, refresh_client, signed_content
from campaigns.models import Campaign, CampaignVersion, Step
from campaigns.versions import NotReady, freeze
from campaigns.wording import measured
from tenants.clock import db_now
from tenants.models import Channel, Client, Location, PostalAddress, Sender
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db
MAIL: dict[str, Any] = {"channel": Channel.EMAIL, "subject": "Hello", "body": "Come by.", "delay_days": 3}


def ground() -> tuple[Client, Campaign]:
    of = people.clinic()
    with acting_for(of.pk):
        made = people.campaign(of, {"channel": Channel.SMS}, MAIL, by=people.alice())
        people.ready(of)
        refresh(made)
    return of, made


def _words(of: Client, made: Campaign, n: int) -> None:
    Step.objects.filter(campaign=made, position=1).update(body=f"Bright Smiles: words {n}")


def _subject(of: Client, made: Campaign, n: int) -> None:
    Step.objects.filter(campaign=made, position=2).update(subject=f"Subject {n}")


def _delay(of: Client, made: Campaign, n: int) -> None:
    Step.objects.filter(campaign=made, position=2).update(delay_days=10 + n)


def _sender(of: Client, made: Campaign, n: int) -> None:
    new = people.mail_sender(of, address=f"hello{n}@mail.brightsmiles.example")
    Step.objects.filter(campaign=made, position=2).update(sender=new)


def _provider(of: Client, made: Campaign, n: int) -> None:
    other = "smtp" if Sender.objects.get(steps_of(made)).provider == "sendgrid" else "sendgrid"
    Sender.objects.filter(steps_of(made)).update(provider=other)


def steps_of(made: Campaign) -> Any:
    from django.db.models import Q

    return Q(pk=Step.objects.get(campaign=made, position=2).sender_id)


def _from_name(of: Client, made: Campaign, n: int) -> None:
    Sender.objects.filter(steps_of(made)).update(display_name=f"Name {n}")


def _order(of: Client, made: Campaign, n: int) -> None:
    first, second = Step.objects.filter(campaign=made).order_by("position")
    Step.objects.filter(pk=first.pk).update(position=second.position)
    Step.objects.filter(pk=second.pk).update(position=first.position)


def _new_step(of: Client, made: Campaign, n: int) -> None:
    sender = Sender.objects.get(channel=Channel.SMS)
    Step.objects.create(
        client=of, campaign=made, position=100 + n, channel=Channel.SMS, sender=sender, body="x"
    )


def _purpose(of: Client, made: Campaign, n: int) -> None:
    now = Campaign.objects.get(pk=made.pk).purpose
    Campaign.objects.filter(pk=made.pk).update(purpose="recall" if now == "marketing" else "marketing")


def _rule(of: Client, made: Campaign, n: int) -> None:
    Campaign.objects.filter(pk=made.pk).update(last_visit_before=date(2025, 1, 1) + timedelta(days=n))


def _after(of: Client, made: Campaign, n: int) -> None:
    Campaign.objects.filter(pk=made.pk).update(last_visit_after=date(2020, 1, 1) + timedelta(days=n))


def _segments(of: Client, made: Campaign, n: int) -> None:
    Campaign.objects.filter(pk=made.pk).update(segments=[f"Segment {n}"])


def _location(of: Client, made: Campaign, n: int) -> None:
    site = Location.objects.create(client=of, name=f"Site {n}", time_zone="America/New_York")
    Campaign.objects.filter(pk=made.pk).update(location=site)


def _start(of: Client, made: Campaign, n: int) -> None:
    Campaign.objects.filter(pk=made.pk).update(starts_on=date(2027, 1, 1) + timedelta(days=n))


def _valid(of: Client, made: Campaign, n: int) -> None:
    Campaign.objects.filter(pk=made.pk).update(days_valid=10 + n)


def _counts_for(of: Client, made: Campaign, n: int) -> None:
    Campaign.objects.filter(pk=made.pk).update(counts_for=20 + n)


def _seed(of: Client, made: Campaign, n: int) -> None:
    Campaign.objects.filter(pk=made.pk).update(hold_out=10, hold_out_seed=f"seed {n}")


def _brand(of: Client, made: Campaign, n: int) -> None:
    Client.objects.filter(pk=of.pk).update(name=f"Practice {n}")


def _phone(of: Client, made: Campaign, n: int) -> None:
    Client.objects.filter(pk=of.pk).update(phone=f"+1574231{n:04d}")


def _hours(of: Client, made: Campaign, n: int) -> None:
    now = Client.objects.get(pk=of.pk).hours_from
    Client.objects.filter(pk=of.pk).update(hours_from=9 if now != 9 else 11)


def _address(of: Client, made: Campaign, n: int) -> None:
    PostalAddress.objects.filter(ended_at=None).update(ended_at=db_now())
    PostalAddress.objects.create(
        client=of, line=f"{n} Oak St", city="South Bend", state="IN", zip_code="46601"
    )


EDITS: list[Callable[[Client, Campaign, int], None]] = [
    _words, _subject, _delay, _sender, _provider, _from_name, _order, _new_step, _purpose, _rule, _after,
    _segments, _location, _start, _valid, _counts_for, _seed, _brand, _phone, _hours, _address,
]  # fmt: skip


def now_of(made: Campaign) -> str:
    return derive(Campaign.objects.select_related("client", "location").get(pk=made.pk))


@pytest.mark.parametrize("edit", EDITS, ids=lambda each: each.__name__.strip("_"))
def test_an_edit_of_anything_covered_changes_the_fingerprint(
    edit: Callable[[Client, Campaign, int], None],
) -> None:
    of, made = ground()
    with acting_for(of.pk):
        before = now_of(made)
        edit(of, made, 7)
        assert now_of(made) != before


def test_five_hundred_random_edits_never_meet_a_signed_fingerprint_again() -> None:
    of, made = ground()
    dice, seen = random.Random(20), set()
    with acting_for(of.pk):
        seen.add(now_of(made))
        for n in range(500):
            # Toggles (purpose, provider, hours, order) may lead back by design: numbered edits never do.
            numbered = [each for each in EDITS if each not in (_purpose, _provider, _hours, _order)]
            dice.choice(numbered)(of, made, n + 20)
            now = now_of(made)
            assert now not in seen
            seen.add(now)


def test_a_campaign_measured_the_usual_way_keeps_the_fingerprint_it_had() -> None:
    of, made = ground()
    with acting_for(of.pk):
        assert "(last touch)" in measured(signed_content(made))
        named = now_of(made)
        Campaign.objects.filter(pk=made.pk).update(credit="")  # signed before the rule was named
        made.refresh_from_db()
        assert "measured" not in signed_content(made)
        before = now_of(made)
        assert before != named
        for share, other in ((10, True), (20, True), (0, False)):
            Campaign.objects.filter(pk=made.pk).update(hold_out=share, hold_out_seed="one")
            assert (now_of(made) != before) is other


def test_the_order_of_fields_and_a_renaming_change_nothing() -> None:
    of, made = ground()
    with acting_for(of.pk):
        content, before = signed_content(made), now_of(made)
        turned = dict(reversed(content.items()))
        turned["steps"] = [dict(reversed(step.items())) for step in content["steps"]]
        assert fingerprint_of(turned) == fingerprint_of(content) == before
        Campaign.objects.filter(pk=made.pk).update(name="Another label")
        assert now_of(made) == before


def test_a_version_read_back_from_the_database_has_its_own_fingerprint() -> None:
    of, made = ground()
    with acting_for(of.pk):
        version = freeze(made, by=None)
        stored = CampaignVersion.objects.get(pk=version.pk)
        assert fingerprint_of(stored.content) == stored.fingerprint == made.fingerprint


def test_freezing_twice_gives_the_same_version_and_an_edit_gives_a_new_one() -> None:
    of, made = ground()
    with acting_for(of.pk):
        one = freeze(made, by=None)
        assert freeze(made, by=None) == one
        _words(of, made, 1)
        two = freeze(made, by=None)
        assert (two.number, one.number) == (2, 1)


def test_freezing_keeps_what_the_gate_compares_in_step_with_the_words() -> None:
    of, made = ground()
    with acting_for(of.pk):
        Step.objects.filter(campaign=made, position=1).update(body="Hi {{ full_name }}")
        freeze(made, by=None)
        assert Step.objects.get(campaign=made, position=1).needs == ["first_name", "last_name"]


@pytest.mark.parametrize(
    "change, says",
    [
        ({"body": ""}, "no words"),
        ({"body": "{{ secret }}"}, "no merge field called"),
        ({"body": "[x](http://a.example)"}, "https"),
        ({"body": "See {{ practice_website }}"}, "practice has none"),
        ({"subject": " "}, "no subject"),
    ],
)
def test_what_cannot_be_rendered_is_not_frozen(change: dict[str, str], says: str) -> None:
    of, made = ground()
    with acting_for(of.pk):
        Step.objects.filter(campaign=made, position=2).update(**change)
        with pytest.raises(NotReady, match=says):
            freeze(made, by=None)


def test_a_change_of_the_practice_reaches_every_campaign_in_a_handful_of_queries() -> None:
    of, made = ground()
    with acting_for(of.pk):
        others = [people.campaign(of, by=None, name=f"No {n}") for n in range(4)]
        of.name = "Brighter Smiles"
        of.save()
        with CaptureQueriesContext(connection) as asked:
            assert refresh_client(of) == 5
        assert len(asked) <= 6
        for each in (made, *others):
            assert Campaign.objects.get(pk=each.pk).fingerprint == now_of(each)
        assert refresh_client(of) == 0
