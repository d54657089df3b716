"""Which terms of an SPF record let somebody send, and whom."""

from __future__ import annotations

import pytest

from compliance.domains.spf import _passing, _within


@pytest.mark.parametrize("term, named", [
    ("include:sendgrid.net", True), ("+include:u7.wl.SendGrid.net", True), ("redirect=sendgrid.net", True),
    ("-include:sendgrid.net", False), ("~include:sendgrid.net", False), ("include:sendgrid.net.evil.example", False),
    ("include:notsendgrid.net", False), ("exists:sendgrid.net", False),
])  # fmt: skip
def test_sendgrid_is_named_only_by_a_term_that_lets_it_send(term: str, named: bool) -> None:
    assert any(_within(each, "sendgrid.net") for each in _passing(f"v=spf1 {term} -all")) is named


@pytest.mark.parametrize("record, terms", [
    ("v=spf1 -all", []),
    ("v=spf1 -mx ?ip4:192.0.2.1 ~all", []),
    ("v=spf1 MX a/24 +ip6:2001:db8::1 exp=x.example -all", ["mx", "a/24", "ip6:2001:db8::1"]),
])  # fmt: skip
def test_what_refuses_or_explains_lets_nobody_send(record: str, terms: list[str]) -> None:
    assert list(_passing(record)) == terms
