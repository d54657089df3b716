"""However wide a client or a number is set: what the product's own rules refuse stays refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from compliance.models import OwnWindow, SendingWindow
from compliance.windows import draw
from consent.models import Contact
from tenants.models import Client, Purpose, Sender
from tests.compliance.test_gate import BREAK, OF_NO_AUDIENCE, World, laid, world

__all__ = ["laid", "world"]
pytestmark = pytest.mark.django_db
WIDEST = {
    "hours_from": 0, "hours_until": 24, "days": "1234567", "days_between": 1, "most_a_year": 32_000, "first_a_day": 32_000,
    "most_dollars": None, "private_words": [], "time_zone": "Pacific/Honolulu",
}  # fmt: skip
# An audience offers no ended address: see the gate's own tests.
BROKEN = {code: how for code, how in BREAK.items() if code not in OF_NO_AUDIENCE}


def test_every_check_refuses_when_everything_is_set_as_wide_as_it_goes(world: World) -> None:  # noqa: F811
    Client.objects.filter(pk=world.client.pk).update(**WIDEST)
    Sender.objects.filter(client=world.client).update(purposes=list(Purpose.values), location=None)
    assert world.codes("sms") == []
    for code, (channel, break_it, _) in BROKEN.items():
        with transaction.atomic():
            break_it(world)
            assert code in world.codes(channel), code
            transaction.set_rollback(True)


@pytest.mark.parametrize("values", [
    {"days_between": 0}, {"most_a_year": 0}, {"hours_until": 25}, {"hours_from": 18, "hours_until": 18},
])  # fmt: skip
def test_a_looser_limit_than_the_products_own_is_refused_by_the_database(
    world: World,  # noqa: F811
    values: dict[str, int],
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Client.objects.filter(pk=world.client.pk).update(**values)


@pytest.mark.parametrize("key, most", [
    ("FL/America/New_York", 12), ("CA/America/Los_Angeles", 12), ("ME/America/New_York", 8),
])  # fmt: skip
def test_the_widest_hours_of_a_client_widen_no_law(world: World, key: str, most: int) -> None:  # noqa: F811
    Contact.objects.filter(pk=world.jane.pk).update(window_key=key)
    SendingWindow.objects.all().delete()
    OwnWindow.objects.all().delete()
    Client.objects.filter(pk=world.client.pk).update(**WIDEST)
    world.client.refresh_from_db()
    draw(world.client, anew=True)
    lawful = SendingWindow.objects.filter(window_key=key)
    assert max(row.closes_at - row.opens_at for row in lawful) == timedelta(hours=most)
