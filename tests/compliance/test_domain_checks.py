"""The look at a sender domain, against a real name server on loopback."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from compliance.domains.check import Asked, check_domain, look, look_by
from compliance.domains.dmarc import names_up
from compliance.domains.findings import FAIL, PASS, UNKNOWN, WARN, Seen
from compliance.domains.lookups import Lookups
from compliance.models import DomainCheck
from tenants.clock import db_now
from tenants.scope import acting_for
from tests import people
from tests.compliance.zone import SERVFAIL, SILENT, Zone, dkim_key, serving

DOMAIN = "mail.brightsmiles.example"
KEY = dkim_key(2048)
SERVER = "smtp.host.example"  # the practice's own mail server


def good() -> dict[tuple[str, str], list[str]]:
    return {
        (DOMAIN, "MX"): ["10 mx.brightsmiles.example."],
        (DOMAIN, "TXT"): ["unrelated=1", "v=spf1 include:_spf.host.example ~all"],
        ("_spf.host.example", "TXT"): ["v=spf1 ip4:192.0.2.0/24 -all"],
        (SERVER, "A"): ["192.0.2.25"],
        (f"s1._domainkey.{DOMAIN}", "CNAME"): ["s1.domainkey.host.example"],
        ("s1.domainkey.host.example", "TXT"): [KEY],
        ("_dmarc.brightsmiles.example", "TXT"): [
            "v=DMARC1; p=reject; sp=quarantine; rua=mailto:d@brightsmiles.example"
        ],
    }


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Zone, str]]:
    zone = Zone({})
    with serving(zone) as address:
        yield zone, address


@pytest.fixture
def zone(server: tuple[Zone, str]) -> tuple[Zone, str]:
    """The server with every record as it should be."""
    server[0].records, server[0].broken = good(), {}
    server[0].asked.clear()
    return server


def seen_at(address: str, **asked: object) -> Seen:
    values = {"selectors": ["s1"], "paths": [(DOMAIN, "smtp")], "server": [SERVER]} | asked
    return look_by(Asked(DOMAIN, **values), Lookups([address]))  # type: ignore[arg-type]


def says(seen: Seen, part: str, answer: str) -> str:
    return " ".join(f.says for f in seen.findings if f.part == part and f.answer == answer)


def test_a_domain_in_order_passes_every_part(zone: tuple[Zone, str]) -> None:
    seen = seen_at(zone[1])
    assert {part: seen.answer(part) for part in ("spf", "dkim", "dmarc", "mx")} == dict.fromkeys(
        ("spf", "dkim", "dmarc", "mx"), PASS
    )
    assert "p=quarantine" in says(seen, "dmarc", PASS)  # the organisation's policy for its subdomains
    assert seen.records[f"{DOMAIN} TXT"] == ["unrelated=1", "v=spf1 include:_spf.host.example ~all"]


@pytest.mark.parametrize("record, why", [
    (["v=spf1 +all"], "anybody may send"),
    (["v=spf1 all"], "anybody may send"),
    (["v=spf1 ~all", "v=spf1 -all"], "2 SPF records"),
    (["v=spf1 -all"], "lets nobody send"),
    (["v=spf1 -mx ?include:_spf.host.example -all"], "lets nobody send"),
    ([], "has no SPF record"),
    (["v=spf1 ipv4:1.2.3.4 -all"], "not sound"),
    (["v=spf1 include:_spf.host.example " + " ".join(f"a:h{n}.host.example" for n in range(10)) + " -all"], "not sound"),
    (["v=spf1 a:n1.host.example a:n2.host.example a:n3.host.example -all"], "void"),
    (["v=spf1 include:nowhere.host.example -all"], "not sound"),
])  # fmt: skip
def test_an_unsound_spf_record_fails_with_the_reason(
    zone: tuple[Zone, str], record: list[str], why: str
) -> None:
    zone[0].records[DOMAIN, "TXT"] = record
    if "h0." in "".join(record):
        zone[0].records |= {(f"h{n}.host.example", "A"): ["192.0.2.1"] for n in range(10)}
    seen = seen_at(zone[1])
    assert seen.answer("spf") == FAIL
    assert why in says(seen, "spf", FAIL)


def test_a_neutral_spf_record_passes_with_a_warning(zone: tuple[Zone, str]) -> None:
    zone[0].records[DOMAIN, "TXT"] = ["v=spf1 ip4:192.0.2.25 ?all"]
    seen = seen_at(zone[1])
    assert seen.answer("spf") == PASS
    assert "?all" in says(seen, "spf", WARN)


@pytest.mark.parametrize("key, answer, why", [
    (dkim_key(512), FAIL, "512 bits"),
    (dkim_key(1024), PASS, "1024 bits"),
    ("v=DKIM1; p=", FAIL, "withdrawn"),
    ("v=DKIM1; k=rsa; p=notakey!", FAIL, "cannot be read"),
    ("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", PASS, "Ed25519"),
    ("v=DKIM1; k=dsa; p=AAAA", FAIL, "cannot be read"),
    ("something else", FAIL, "no DKIM key"),
])  # fmt: skip
def test_dkim_keys_are_judged_by_their_strength(
    zone: tuple[Zone, str], key: str, answer: str, why: str
) -> None:
    zone[0].records["s1.domainkey.host.example", "TXT"] = [key]
    seen = seen_at(zone[1])
    assert seen.answer("dkim") == answer
    assert why in " ".join(f.says for f in seen.findings if f.part == "dkim")


def test_a_sender_without_selectors_fails_dkim(zone: tuple[Zone, str]) -> None:
    assert seen_at(zone[1], selectors=[]).answer("dkim") == FAIL


@pytest.mark.parametrize("own, answer, why", [
    (["v=DMARC1; p=none"], PASS, "p=none"),
    (["v=DMARC1; p=perhaps"], FAIL, "no policy"),
    (["v=DMARC1; rua=mailto:a@mail.brightsmiles.example"], PASS, "no p="),
    (["v=DMARC1; p=reject", "v=DMARC1; p=none"], PASS, "2 DMARC records"),  # counts as none: the organisation's holds
])  # fmt: skip
def test_the_domains_own_dmarc_record_counts_before_its_organisations(
    zone: tuple[Zone, str], own: list[str], answer: str, why: str
) -> None:
    zone[0].records[f"_dmarc.{DOMAIN}", "TXT"] = own
    seen = seen_at(zone[1])
    assert seen.answer("dmarc") == answer
    assert why in " ".join(f.says for f in seen.findings if f.part == "dmarc")


def test_no_dmarc_record_up_to_the_top_fails_with_a_record_to_add(zone: tuple[Zone, str]) -> None:
    del zone[0].records["_dmarc.brightsmiles.example", "TXT"]
    [finding] = [f for f in seen_at(zone[1]).findings if f.part == "dmarc"]
    assert finding.answer == FAIL
    assert finding.add
    assert finding.add.name == f"_dmarc.{DOMAIN}"


def test_the_tree_walk_stops_where_psd_says_so(zone: tuple[Zone, str]) -> None:
    zone[0].records["_dmarc.example", "TXT"] = ["v=DMARC1; p=none; psd=y"]
    del zone[0].records["_dmarc.brightsmiles.example", "TXT"]
    assert "_dmarc.example holds" in says(seen_at(zone[1]), "dmarc", PASS)
    zone[0].records["_dmarc.brightsmiles.example", "TXT"] = ["v=DMARC1; p=reject; psd=n"]
    zone[0].asked.clear()
    assert "_dmarc.brightsmiles.example holds" in says(seen_at(zone[1]), "dmarc", PASS)
    assert ("_dmarc.example", "TXT") not in zone[0].asked


def test_a_long_name_is_walked_in_eight_questions() -> None:
    names = names_up("a.b.c.d.e.f.g.h.i.j")
    assert len(names) == 8
    assert names[1] == "d.e.f.g.h.i.j"


def test_a_domain_that_takes_no_mail_fails(zone: tuple[Zone, str]) -> None:
    zone[0].records[DOMAIN, "MX"] = ["0 ."]
    assert "null MX" in says(seen_at(zone[1]), "mx", FAIL)
    del zone[0].records[DOMAIN, "MX"]
    assert seen_at(zone[1]).answer("mx") == FAIL
    zone[0].records[DOMAIN, "A"] = ["192.0.2.7"]
    assert seen_at(zone[1]).answer("mx") == PASS


def test_a_free_mail_domain_is_refused(zone: tuple[Zone, str]) -> None:
    zone[0].records["gmail.com", "MX"] = ["10 mx.gmail.com."]
    seen = look_by(Asked("gmail.com", ["s1"], [("gmail.com", "smtp")], [SERVER]), Lookups([zone[1]]))
    assert "free mail service" in says(seen, "mx", FAIL)


@pytest.mark.parametrize(
    "where", ["*", DOMAIN, "_spf.host.example", "s1.domainkey.host.example", "_dmarc.brightsmiles.example"]
)
def test_a_server_failure_is_could_not_check_and_never_a_pass(zone: tuple[Zone, str], where: str) -> None:
    zone[0].broken[where] = SERVFAIL
    seen = seen_at(zone[1])
    assert UNKNOWN in {seen.answer(part) for part in ("spf", "dkim", "dmarc", "mx")}
    assert FAIL not in {finding.answer for finding in seen.findings}


def test_silence_ends_after_eight_seconds_in_all_as_could_not_check(zone: tuple[Zone, str]) -> None:
    zone[0].broken["*"] = SILENT
    lookups, began = Lookups([zone[1]]), time.monotonic()
    assert 0 < lookups.ends - began <= 8
    lookups.ends = began + 3  # of the eight: a slow machine needs time for more than the waiting
    seen = look_by(
        Asked(DOMAIN, selectors=["s1", "s2", "s3", "s4"], paths=[(DOMAIN, "smtp")], server=[SERVER]), lookups
    )
    assert time.monotonic() - began < 9  # and each question waits for two
    assert {finding.answer for finding in seen.findings} == {UNKNOWN}


def test_aliases_in_a_circle_could_not_be_checked(zone: tuple[Zone, str]) -> None:
    zone[0].records |= {("s1.domainkey.host.example", "CNAME"): [f"s1._domainkey.{DOMAIN}"]}
    del zone[0].records["s1.domainkey.host.example", "TXT"]
    assert seen_at(zone[1]).answer("dkim") == UNKNOWN


def test_a_record_of_64_kilobytes_is_read_and_kept_short(zone: tuple[Zone, str]) -> None:
    zone[0].records[DOMAIN, "TXT"] = ["v=spf1 " + "ip4:192.0.2.25 " * 4000 + "-all"]
    seen = seen_at(zone[1])
    assert seen.answer("spf") in {PASS, FAIL}
    assert len(seen.records[f"{DOMAIN} TXT"][0]) <= 700


@pytest.mark.django_db
def test_a_failure_ends_the_pass_before_it_but_silence_leaves_it_its_day(
    zone: tuple[Zone, str], settings: object
) -> None:
    settings.DNS_NAMESERVERS = [zone[1]]  # type: ignore[attr-defined]
    client = people.clinic()
    with acting_for(client.pk):
        people.mail_sender(client, dkim_selectors=["s1"], provider="smtp")
        people.mail_server(client, SERVER)
        first = check_domain(client, DOMAIN)
        assert first.passed
        assert first.valid_until == first.checked_at + timedelta(hours=24)
        zone[0].broken["*"] = SERVFAIL
        assert check_domain(client, DOMAIN).answer == "unknown"
        assert DomainCheck.objects.good(db_now()).filter(domain=DOMAIN).exists()
        zone[0].broken.clear()
        zone[0].records[DOMAIN, "TXT"] = ["v=spf1 +all"]
        assert check_domain(client, DOMAIN).answer == "fail"
        assert not DomainCheck.objects.good(db_now()).filter(domain=DOMAIN).exists()
        assert DomainCheck.objects.filter(domain=DOMAIN).count() == 3


@pytest.fixture
def liar() -> Iterator[tuple[Zone, str]]:
    """A second name server, which begins with the same records."""
    zone = Zone(good())
    with serving(zone) as address:
        yield zone, address


def seen_by_both(settings: Any, *addresses: str) -> Seen:
    settings.DNS_NAMESERVERS = list(addresses)
    return look(Asked(DOMAIN, ["s1"], [(DOMAIN, "smtp")], [SERVER]))


def test_two_name_servers_that_agree_pass(
    zone: tuple[Zone, str], liar: tuple[Zone, str], settings: Any
) -> None:
    seen = seen_by_both(settings, zone[1], liar[1])
    assert seen.answer() == PASS
    assert zone[0].asked
    assert liar[0].asked


@pytest.mark.parametrize("honest_first", [True, False])
def test_a_name_server_that_lies_is_could_not_check_and_never_a_pass_or_a_failure(
    zone: tuple[Zone, str], liar: tuple[Zone, str], settings: Any, honest_first: bool
) -> None:
    zone[0].records = {key: value for key, value in good().items() if key[0] != "_dmarc.brightsmiles.example"}
    pair = (zone[1], liar[1]) if honest_first else (liar[1], zone[1])
    seen = seen_by_both(settings, *pair)
    assert (seen.answer("dmarc"), seen.answer("spf"), seen.answer()) == (UNKNOWN, PASS, UNKNOWN)
    assert "answer differently" in says(seen, "dmarc", UNKNOWN)
    assert any("(second name server)" in name for name in seen.records) is honest_first


def test_a_failure_that_both_see_is_a_failure(
    zone: tuple[Zone, str], liar: tuple[Zone, str], settings: Any
) -> None:
    for each in (zone[0], liar[0]):
        each.records[DOMAIN, "TXT"] = ["v=spf1 +all"]
    assert seen_by_both(settings, zone[1], liar[1]).answer("spf") == FAIL


@pytest.mark.parametrize("how", [SERVFAIL, SILENT])
def test_one_name_server_that_gives_no_answer_leaves_it_unchecked_within_eight_seconds(
    zone: tuple[Zone, str], liar: tuple[Zone, str], settings: Any, how: str
) -> None:
    liar[0].broken = {"*": how}
    began = time.monotonic()
    seen = seen_by_both(settings, zone[1], liar[1])
    assert time.monotonic() - began < 10
    assert seen.answer() == UNKNOWN
    assert "only one of the two" in says(seen, "spf", UNKNOWN)


def test_a_single_name_server_is_believed_with_a_warning(zone: tuple[Zone, str], settings: Any) -> None:
    seen = seen_by_both(settings, zone[1])
    assert seen.answer() == PASS
    assert "Only one name server" in says(seen, "mx", WARN)
