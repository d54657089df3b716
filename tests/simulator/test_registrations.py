"""Registrations, numbers and the account, read by the official SDK."""

from __future__ import annotations

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.simulator.world import (
    ACCOUNT,
    BRAND,
    CAMPAIGN,
    NUMBER,
    OTHER_NUMBER,
    SERVICE,
    TOLL_FREE,
    TOLL_FREE_CHECK,
)


def test_brands_say_their_status(twilio: Client) -> None:
    [listed] = twilio.messaging.v1.brand_registrations.list()
    found = twilio.messaging.v1.brand_registrations(BRAND).fetch()
    for brand in (listed, found):
        assert (brand.sid, brand.status, brand.identity_status) == (BRAND, "APPROVED", "VERIFIED")
        assert (brand.tcr_id, brand.brand_type, brand.mock, brand.errors) == ("BTEST", "STANDARD", False, [])


def test_a_service_says_its_campaign_and_its_numbers(twilio: Client) -> None:
    service = twilio.messaging.v1.services(SERVICE)
    fetched = service.fetch()
    assert (fetched.friendly_name, fetched.us_app_to_person_registered) == ("Bright Smile", True)
    [campaign] = service.us_app_to_person.list()
    assert (campaign.sid, campaign.campaign_status, campaign.us_app_to_person_usecase) == (
        CAMPAIGN,
        "VERIFIED",
        "MIXED",
    )
    assert service.us_app_to_person(CAMPAIGN).fetch().brand_registration_sid == BRAND
    assert [n.phone_number for n in service.phone_numbers.list()] == [NUMBER]


def test_toll_free_verifications_can_be_asked_by_number(twilio: Client) -> None:
    [number] = twilio.incoming_phone_numbers.list(phone_number=TOLL_FREE)
    [found] = twilio.messaging.v1.tollfree_verifications.list(tollfree_phone_number_sid=str(number.sid))
    assert (found.sid, found.status) == (TOLL_FREE_CHECK, "TWILIO_APPROVED")
    assert (
        twilio.messaging.v1.tollfree_verifications(TOLL_FREE_CHECK).fetch().tollfree_phone_number == TOLL_FREE
    )
    assert twilio.messaging.v1.tollfree_verifications.list(tollfree_phone_number_sid="PN" + "0" * 32) == []


def test_numbers_are_listed_in_pages(twilio: Client) -> None:
    numbers = twilio.incoming_phone_numbers.list(page_size=1)
    assert [n.phone_number for n in numbers] == [NUMBER, OTHER_NUMBER, TOLL_FREE]
    assert numbers[0].capabilities["sms"] is True


def test_the_account_answers_a_test_of_credentials(twilio: Client) -> None:
    assert twilio.api.v2010.accounts(ACCOUNT).fetch().status == "active"


def test_what_is_not_there_is_404(twilio: Client) -> None:
    with pytest.raises(TwilioRestException) as missing:
        twilio.messaging.v1.services("MG" + "0" * 32).fetch()
    assert missing.value.status == 404
