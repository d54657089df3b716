"""A number that two people have, that two clients know, or that a list brings back: the no stands where it was said."""

from __future__ import annotations

from typing import Any

import pytest

from consent.api.taking import take
from consent.models import Contact, ContactPoint, Suppression, UnsafeMark
from consent.reachability import opted_out_sentence, reach_of
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.webhooks.conftest import Office

pytestmark = pytest.mark.django_db
SHARED = "+15742310001"


def told_of(of: Client, *who: Contact) -> list[list[str]]:
    """What each one's page says of their opt-outs."""
    with acting_for(of.pk):
        reach = reach_of(list(who))
        return [[opted_out_sentence(each) for each in reach[one.pk].suppressions] for one in who]


def test_one_stop_speaks_for_both_who_share_the_number_and_each_page_says_why(office: Office) -> None:
    with acting_for(office.client.pk):
        jane = people.contact(office.client, first_name="Jane", phone=SHARED)
        john = people.contact(office.client, first_name="John", phone=SHARED)
    office.texts("STOP", sender=SHARED)
    hers, his = told_of(office.client, jane, john)
    assert hers == his
    (says,) = his
    assert says.endswith("replied with a stop word")


def test_a_stop_is_the_clients_own_and_a_wrong_number_is_nobodys(office: Office) -> None:
    rival = people.rival_clinic()
    with acting_for(office.client.pk):
        people.contact(office.client, phone=SHARED)
    with acting_for(rival.pk):
        theirs = people.contact(rival, phone=SHARED)
    office.texts("STOP", sender=SHARED)
    assert told_of(rival, theirs) == [[]]
    assert not UnsafeMark.objects.exists()
    office.texts("wrong number", sender=SHARED, number=2)
    with acting_for(rival.pk):
        assert reach_of([theirs])[theirs.pk].marks[0][1:] == ("held", "unsafe address")


@pytest.mark.parametrize(
    "spelled", ["574.231.0001", "1 (574) 231-0001", "５７４ ２３１ ０００１", "tel:+15742310001"]
)
def test_whoever_comes_back_under_another_id_and_spelling_is_still_opted_out(
    office: Office, spelled: str
) -> None:
    office.texts("STOP", sender=SHARED)
    row: dict[str, Any] = {"external_id": "NEW-9", "first_name": "Janet", "phone": spelled}
    with acting_for(office.client.pk):
        (taken,) = take(office.client, [row])
        point = ContactPoint.objects.select_related("contact").get(contact=taken.contact)
        assert Suppression.objects.get().address_id == point.address_id
    ((says,),) = told_of(office.client, point.contact)
    assert "Opted out of texts" in says
