"""Who keeps a person's mailbox: each of the large providers judges a sender for itself."""

from __future__ import annotations

NAMES = {
    "gmail": "Gmail",
    "microsoft": "Outlook and Hotmail",
    "yahoo": "Yahoo and AOL",
    "apple": "iCloud",
    "comcast": "Comcast",
    "other": "Other mail servers",
}
_DOMAINS = {
    "gmail": "gmail.com googlemail.com",
    "microsoft": "outlook.com hotmail.com live.com msn.com passport.com",
    "yahoo": "yahoo.com ymail.com rocketmail.com myyahoo.com aol.com aim.com att.net sbcglobal.net bellsouth.net verizon.net",
    "apple": "icloud.com me.com mac.com",
    "comcast": "comcast.net xfinity.com",
}
_BY_DOMAIN = {domain: name for name, domains in _DOMAINS.items() for domain in domains.split()}


def mailbox_of(address: str) -> str:
    """The provider of a mail address, by its domain alone; "" for a number."""
    _, at, domain = address.rpartition("@")
    return _BY_DOMAIN.get(domain.lower(), "other") if at else ""
