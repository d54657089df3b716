"""Windows of the clock as rows: complete, idempotent, and the past never redrawn."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse

from campaigns.models import Campaign
from compliance.hours import spans
from compliance.models import OwnWindow, SendingWindow
from compliance.tasks import draw_windows
from compliance.windows import draw, own_hours
from consent.models import Contact
from tenants.clock import db_now
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db
INDIANA, UNKNOWN = "IN/America/New_York", "?"


def test_every_key_in_use_is_drawn_35_days_ahead_and_drawing_again_adds_nothing() -> None:
    client = people.clinic()
    with acting_for(client.pk):
        people.contact(client, window_key=INDIANA)
        people.contact(client, window_key=UNKNOWN)
    assert draw(client) > 60
    assert draw(client) == 0
    assert draw(client, anew=True) == 0
    with acting_for(client.pk):
        at = db_now()
        for rows, own in ((SendingWindow.objects, None), (OwnWindow.objects, own_hours(client))):
            for key in (INDIANA, UNKNOWN):
                drawn = list(
                    rows.filter(window_key=key).order_by("opens_at").values_list("opens_at", "closes_at")
                )
                days = [at.date() + timedelta(days=n) for n in range(-1, 36)]
                wanted = [
                    (s.opens_at, s.closes_at)
                    for day in days
                    for s in spans(key, day, own=own)
                    if s.closes_at > at
                ]
                assert len(drawn) == len(wanted)
                assert [closes for _, closes in drawn] == [closes for _, closes in wanted]
                assert drawn[1:] == wanted[1:]


def test_changed_hours_replace_what_is_to_come_and_leave_what_was() -> None:
    client = people.clinic(hours_from=0, hours_until=24, days="1234567")
    with acting_for(client.pk):
        people.contact(client, window_key=INDIANA)
        at = db_now()
        past = OwnWindow.objects.create(
            client=client,
            window_key=INDIANA,
            opens_at=at - timedelta(days=3),
            closes_at=at - timedelta(days=2, hours=12),
        )
        # A window of the old hours that is open at this moment.
        current = OwnWindow.objects.create(
            client=client,
            window_key=INDIANA,
            opens_at=at - timedelta(hours=5),
            closes_at=at + timedelta(minutes=7),
        )
        draw(client)
        client.hours_from, client.hours_until, client.days = 11, 12, "3"
        draw(client, anew=True)
        past.refresh_from_db()
        current.refresh_from_db()
        assert past.closes_at == at - timedelta(days=2, hours=12)
        assert current.opens_at == at - timedelta(hours=5)
        assert current.closes_at <= db_now()
        to_come = OwnWindow.objects.filter(opens_at__gt=db_now())
        assert 4 <= to_come.count() <= 6
        assert all(row.closes_at - row.opens_at == timedelta(hours=1) for row in to_come)


def test_a_new_version_of_the_rules_redraws_the_law(monkeypatch: pytest.MonkeyPatch) -> None:
    client = people.clinic()
    with acting_for(client.pk):
        people.contact(client, window_key=INDIANA)
    draw(client)
    at = db_now()
    SendingWindow.objects.filter(opens_at__gt=at).update(rules_version="older")
    wrong = SendingWindow.objects.create(
        window_key=INDIANA,
        rules_version="older",
        opens_at=at + timedelta(days=40),
        closes_at=at + timedelta(days=41),
    )
    draw(client)
    assert not SendingWindow.objects.filter(pk=wrong.pk).exists()
    assert not SendingWindow.objects.filter(rules_version="older").exists()


def test_a_damaged_key_opens_nothing_and_spoils_nothing() -> None:
    client = people.clinic()
    with acting_for(client.pk):
        damaged = people.contact(client)
        Contact.objects.filter(pk=damaged.pk).update(window_key="XX/Nowhere")
        people.contact(client, window_key=INDIANA)
    draw(client)
    assert set(SendingWindow.objects.values_list("window_key", flat=True)) == {INDIANA}


def test_the_round_draws_for_every_client_and_keeps_their_own_hours_apart() -> None:
    ours, theirs = people.clinic(), people.rival_clinic(days="6", hours_from=9, hours_until=10)
    for client in (ours, theirs):
        with acting_for(client.pk):
            people.contact(client, window_key=INDIANA)
    assert draw_windows() > 0
    with acting_for(theirs.pk):
        assert 4 <= OwnWindow.objects.count() <= 6
    with acting_for(ours.pk):
        assert OwnWindow.objects.count() > 20


def test_three_hundred_keys_are_drawn_within_seconds() -> None:
    from consent.places.tables import area_code_places

    client = people.clinic()
    keys = sorted(
        {
            "|".join(f"{p.state}/{p.zone}" for p in sorted(area_code_places(str(code))))
            for code in range(201, 990)
        }
        - {""}
    )
    with acting_for(client.pk):
        for key in keys[:300]:
            people.contact(client, window_key=key)
    began = time.monotonic()
    draw(client)
    assert time.monotonic() - began < 15


def test_a_window_put_there_by_hand_is_left_alone() -> None:
    client = people.clinic()
    with acting_for(client.pk):
        people.contact(client, window_key=INDIANA)
        people.all_day(client, INDIANA)
        draw(client)
        draw(client, anew=True)
        at = db_now()
        for rows in (SendingWindow.objects, OwnWindow.objects):
            assert rows.filter(closes_at__gt=at + timedelta(days=29), opens_at__lt=at).exists()


def test_changed_settings_redraw_the_hours_and_the_fingerprints() -> None:
    client = people.clinic()
    with acting_for(client.pk):
        people.contact(client, window_key=INDIANA)
        before = people.campaign(client).fingerprint
    draw(client)
    alice = people.sign_in(Browser(), people.alice())
    given = {
        "name": client.name, "legal_name": "", "phone": client.phone, "website": "", "time_zone": client.time_zone,
        "hours_from": "11", "hours_until": "12", "days": ["3"],
    }  # fmt: skip
    assert alice.post(reverse("settings", args=[client.slug]), given).status_code == 302
    with acting_for(client.pk):
        assert 4 <= OwnWindow.objects.filter(opens_at__gt=db_now()).count() <= 6
        assert Campaign.objects.get().fingerprint != before
