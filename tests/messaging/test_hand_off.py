"""The hand-off clock: what nobody has read in time, by the practice's own hours, stands first and says since when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from messaging.hand_off import due, overdue_before
from messaging.models import Inbound
from tenants.clock import db_now
from tenants.models import AuditEvent, Client
from tenants.scope import acting_for
from tests import people
from tests.hostile.desk import SETTINGS
from tests.messaging.test_inbox import clinic, reply

__all__ = ["clinic"]
NEW_YORK = Client(
    hours_from=10, hours_until=18, days="12345", time_zone="America/New_York", hand_off_minutes=60
)


@pytest.mark.parametrize("received, overdue", [
    ("2026-11-18T17:20", "2026-11-18T18:20"),  # Wednesday noon
    ("2026-11-18T03:00", "2026-11-18T16:00"),  # at night: an hour after ten
    ("2026-11-20T22:30", "2026-11-23T15:30"),  # half an hour on Friday, half of one on Monday
    ("2026-10-30T21:30", "2026-11-02T15:30"),  # the clocks go back between them
])  # fmt: skip
def test_only_the_practices_own_hours_are_counted(received: str, overdue: str) -> None:
    came, late = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (received, overdue))
    assert due(NEW_YORK, came) == late
    assert overdue_before(NEW_YORK, late) >= came
    assert overdue_before(NEW_YORK, late - timedelta(seconds=1)) < came


def test_a_clock_longer_than_the_practices_week_ends_all_the_same() -> None:
    rare = Client(hours_from=9, hours_until=10, days="3", time_zone="America/Denver", hand_off_minutes=1440)
    came = datetime(2026, 11, 18, tzinfo=UTC)
    assert overdue_before(rare, due(rare, came)) >= came


@pytest.mark.django_db
def test_overdue_conversations_stand_first_after_emergencies_with_since_when(
    client: Any,
    clinic: Client,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("messaging.threads.SIZE", 2)
    Client.objects.update(hours_from=0, hours_until=24, days="1234567")
    for number in range(1, 6):
        words = "I cannot breathe" if number == 4 else f"See you {number}"
        reply(clinic, words, number, sender=f"+1574231000{number}")
    with acting_for(clinic.pk):
        Inbound.objects.filter(provider_id="SM1").update(received_at=db_now() - timedelta(minutes=70))
    people.sign_in(client, people.alice())
    first = client.get(f"/c/{clinic.slug}/inbox/")
    bodies = [row.reply.body for row in first.context["rows"]]
    assert bodies == ["I cannot breathe", "See you 1", "See you 5", "See you 3"]
    assert [row.reply.body for row in first.context["rows"] if row.overdue] == ["See you 1"]
    assert "<b>Overdue</b> since" in first.content.decode()
    second = client.get(f"/c/{clinic.slug}/inbox/", {"after": first.context["page"].next})
    assert [row.reply.body for row in second.context["rows"]] == ["See you 2"]
    assert "1 overdue: unread for 60 minutes" in client.get("/needed/").content.decode()
    late = first.context["rows"][1].reply
    assert "Overdue</b> since" in client.get(f"/c/{clinic.slug}/inbox/{late.pk}/").content.decode()
    Client.objects.update(hand_off_minutes=90)
    later = client.get(f"/c/{clinic.slug}/inbox/")
    assert [row.reply.body for row in later.context["rows"]][1] == "See you 5"
    assert "overdue" not in client.get("/needed/").content.decode()


@pytest.mark.django_db
def test_staff_set_the_clock_on_record_and_nobody_else_does(client: Any) -> None:
    clinic = people.clinic()  # noqa: F811
    people.sign_in(client, people.alice())
    there, given = f"/c/{clinic.slug}/settings/", SETTINGS | {"name": clinic.name, "hand_off_minutes": "30"}
    assert client.post(there, given).status_code == 302
    assert Client.objects.get(pk=clinic.pk).hand_off_minutes == 30
    with acting_for(clinic.pk):
        detail = AuditEvent.objects.get(verb="client.changed").detail
    assert (detail["before"]["hand_off_minutes"], detail["after"]["hand_off_minutes"]) == (60, 30)
    for wrong in ("0", "1441"):
        assert client.post(there, given | {"hand_off_minutes": wrong}).status_code == 422
    people.sign_in(client, people.bob(clinic))
    assert client.post(there, given).status_code == 403
