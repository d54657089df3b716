"""The world that the tests here play."""

from __future__ import annotations

from typing import Any

ACCOUNT = "AC" + "1" * 32
TOKEN = "token-of-bright-smile"
SERVICE = "MG" + "2" * 32
BRAND = "BN" + "3" * 32
CAMPAIGN = "QE" + "4" * 32
TOLL_FREE_CHECK = "HH" + "5" * 32
NUMBER = "+16175550100"
OTHER_NUMBER = "+16175550101"
TOLL_FREE = "+18885550102"
ANNA = "+12025550111"
API_KEY = "SG.bright.smile"
DOMAIN = "mail.example.org"
SMTP_USER = "relay-user"
SMTP_PASSWORD = "relay-password"
SMTP_SECRET = "bounce-secret"


def world(receiver: str) -> dict[str, Any]:
    """One Twilio account, one SendGrid account, one mail relay, one zone; callbacks are quick."""
    return {
        "twilio": [
            {
                "account_sid": ACCOUNT,
                "auth_token": TOKEN,
                "numbers": [
                    {"phone_number": NUMBER, "inbound_url": f"{receiver}/inbound/number"},
                    {"phone_number": OTHER_NUMBER, "inbound_url": f"{receiver}/inbound/other"},
                    {"phone_number": TOLL_FREE, "inbound_url": f"{receiver}/inbound/tollfree"},
                ],
                "messaging_services": [
                    {
                        "sid": SERVICE,
                        "friendly_name": "Bright Smile",
                        "numbers": [NUMBER],
                        "inbound_url": f"{receiver}/inbound/service?client=7",
                        "usa2p": {
                            "sid": CAMPAIGN,
                            "brand_registration_sid": BRAND,
                            "campaign_status": "VERIFIED",
                            "us_app_to_person_usecase": "MIXED",
                        },
                    }
                ],
                "brands": [
                    {"sid": BRAND, "status": "APPROVED", "tcr_id": "BTEST", "identity_status": "VERIFIED"}
                ],
                "tollfree": [
                    {
                        "sid": TOLL_FREE_CHECK,
                        "tollfree_phone_number": TOLL_FREE,
                        "status": "TWILIO_APPROVED",
                    }
                ],
            }
        ],
        "sendgrid": [
            {
                "api_key": API_KEY,
                "event_url": f"{receiver}/events",
                "domains": [{"id": 45, "domain": DOMAIN, "valid": True}],
            }
        ],
        "smtp": [
            {
                "username": SMTP_USER,
                "password": SMTP_PASSWORD,
                "bounce_url": f"{receiver}/bounces",
                "secret": SMTP_SECRET,
            }
        ],
        "dns": {
            DOMAIN: [["TXT", "v=spf1 include:sendgrid.net -all"], ["MX", "10 mx.example.org."]],
            f"s1._domainkey.{DOMAIN}": [["CNAME", "s1.domainkey.u1.wl.sendgrid.net"]],
            "s1.domainkey.u1.wl.sendgrid.net": [["TXT", "k=rsa; p=" + "A" * 600]],
            "mx.example.org": [["A", "192.0.2.10"]],
            "broken.example.org": [["SERVFAIL", ""]],
        },
        "phones": {"+12025550155": 30005},
        "mailboxes": {"gone@example.com": "bounce", "strict@example.com": "block"},
        "timing": {
            "queued_ms": 5,
            "sent_ms": 15,
            "delivered_ms": 30,
            "events_ms": 30,
            "inbound_ms": 5,
            "retry_s": [0.1, 0.2],
        },
    }
