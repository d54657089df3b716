"""Whether the SPF record lets in whoever sends: SendGrid, or the addresses of a practice's own mail server; against a real name server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from compliance.domains.findings import FAIL, PASS, UNKNOWN
from tests.compliance.test_domain_checks import DOMAIN, SERVER, good, says, seen_at
from tests.compliance.zone import Zone, serving


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Zone, str]]:
    zone = Zone({})
    with serving(zone) as address:
        yield zone, address


@pytest.fixture
def zone(served: tuple[Zone, str]) -> tuple[Zone, str]:
    """The server with every record as it should be."""
    served[0].records, served[0].broken = good(), {}
    return served


LISTED = "exists:%{ir}.%{v}._list.host.example"


@pytest.mark.parametrize("record, result", [
    ("v=spf1 ip4:192.0.2.25 -all", PASS), ("v=spf1 ip4:192.0.2.0/27 -all", PASS), ("v=spf1 ip4:192.0.2.26 -all", FAIL),
    ("v=spf1 -ip4:192.0.2.25 ip4:192.0.2.0/24 -all", FAIL), ("v=spf1 ip4:192.0.2.26 ~all", FAIL),
    ("v=spf1 ip4:192.0.2.26 ?all", FAIL), ("v=spf1 a:smtp.host.example -all", PASS), ("v=spf1 a -all", FAIL),
    ("v=spf1 a/24 -all", PASS), ("v=spf1 mx -all", FAIL), ("v=spf1 mx//64 mx/24 -all", PASS), ("v=spf1 ip6:2001:db8::/32 -all", FAIL),
    ("v=spf1 include:strict.example -all", FAIL), ("v=spf1 ?include:_spf.host.example -all a", FAIL),
    ("v=spf1 include:strict.example include:_spf.host.example -all", PASS),
    ("v=spf1 redirect=_spf.host.example", PASS), ("v=spf1 ip4:192.0.2.26 redirect=strict.example", FAIL),
    (f"v=spf1 {LISTED} -all", PASS), (f"v=spf1 {LISTED.replace('_list', '_other')} mx:brightsmiles.example -all", FAIL),
    ("v=spf1 exists:%{l}._list.host.example ip4:192.0.2.25 -all", UNKNOWN), ("v=spf1 ptr -all", FAIL),
])  # fmt: skip
def test_the_practices_mail_server_must_be_let_in_by_the_record_as_receivers_read_it(
    zone: tuple[Zone, str], record: str, result: str
) -> None:
    zone[0].records |= {
        (DOMAIN, "TXT"): [record],
        (DOMAIN, "A"): ["192.0.2.7"],
        ("mx.brightsmiles.example", "A"): ["192.0.2.8"],
        ("brightsmiles.example", "MX"): ["10 mx.brightsmiles.example."],
        ("strict.example", "TXT"): ["v=spf1 ip4:203.0.113.1 -all"],
        ("25.2.0.192.in-addr._list.host.example", "A"): ["127.0.0.2"],
        ("_other.host.example", "TXT"): ["there"],
    }
    assert seen_at(zone[1]).answer("spf") == result


def test_every_address_of_the_mail_server_counts_and_those_it_names_stand_in_for_its_own(
    zone: tuple[Zone, str],
) -> None:
    zone[0].records[SERVER, "AAAA"] = ["2001:db8::25"]
    assert "from 2001:db8::25" in says(seen_at(zone[1]), "spf", FAIL)
    assert seen_at(zone[1], server=["192.0.2.25", "192.0.2.99"]).answer("spf") == PASS
    assert seen_at(zone[1], server=["198.51.100.1"]).answer("spf") == FAIL


@pytest.mark.parametrize("named", [None, ["nowhere.host.example"]])
def test_a_mail_server_that_nobody_can_find_could_not_be_checked(
    zone: tuple[Zone, str], named: list[str] | None
) -> None:
    assert seen_at(zone[1], server=named).answer("spf") == UNKNOWN


def test_sendgrid_must_be_named_by_the_record_or_by_the_return_paths_alias(zone: tuple[Zone, str]) -> None:
    assert "does not allow sendgrid" in says(seen_at(zone[1], paths=[(DOMAIN, "sendgrid")]), "spf", FAIL)
    host = f"em1.{DOMAIN}"
    zone[0].records |= {
        (host, "CNAME"): ["u1.wl.sendgrid.net"],
        ("u1.wl.sendgrid.net", "TXT"): ["v=spf1 ip4:192.0.2.9 -all"],
    }
    assert seen_at(zone[1], paths=[(host, "sendgrid")]).answer("spf") == PASS
