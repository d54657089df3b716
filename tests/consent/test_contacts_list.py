"""The list of contacts: who is shown, found, filtered and exported, and what that leaves behind."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client as Browser

from consent.models import Address, Contact, ContactPoint, Pause, Suppression, Tier
from consent.suppressing import suppress
from tenants.hashing import word_hash, words_of
from tenants.models import AuditEvent, Channel, Client, Purpose, User
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db
LIST = "/c/bright-smiles/contacts/"


@pytest.fixture(autouse=True)
def _no_cache() -> None:
    cache.clear()


def as_(who: User) -> Browser:
    """Signed in, and with the clinic's lists in clear: what masks them is tested in tests/tenants/test_masking.py."""
    browser: Browser = people.sign_in(Browser(), who)
    clinic = Client.objects.filter(slug="bright-smiles").first()
    return people.in_clear(browser, clinic) if clinic else browser


def named(of: Client, name: str, **values: Any) -> Contact:
    first, _, last = name.partition(" ")
    words = [word_hash(of.pk, word) for word in words_of(name)]
    return people.contact(of, first_name=first, last_name=last, name_words=words, **values)


def shown(browser: Browser, query: str = "") -> str:
    answer = browser.get(LIST + query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def out(of: Client, who: Contact, source: str = Suppression.Source.KEYWORD) -> None:
    spot = ContactPoint.objects.filter(contact=who)[0]
    suppress(of.pk, spot.address_id, spot.channel, source)


def test_opted_out_people_stand_in_red_with_the_dated_sentence() -> None:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        out(clinic, named(clinic, "Ann Lee", phone="+15742310001"))
        named(clinic, "Ben Ray", phone="+15742310002")
    page = shown(as_(alice))
    assert page.count('class="opted-out"') == 1
    assert "Opted out of texts on " in page
    assert ": replied with a stop word" in page


def test_the_two_marks_say_what_consent_is_on_record() -> None:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        signed = named(clinic, "Sig Ned", phone="+15742310001", email="sig@example.com")
        people.consent(signed, Purpose.MARKETING, Tier.WRITTEN)
        paused = named(clinic, "Pau Sed", phone="+15742310003")
        Pause.objects.create(client=clinic, contact=paused, reason="unclear reply")
        named(clinic, "Non Sen", phone="+15742310002")
        named(clinic, "No Way")
    page = shown(as_(alice))
    for said in (
        "Text: Signed in writing (PEWC), for marketing",
        "E-mail: not opted out",
        "Text: no consent on record",
        "Text: paused: unclear reply",
        "Text: no address",
    ):
        assert said in page


@pytest.mark.parametrize(
    "query, found",
    [
        ("?state=opted_out", {"Out"}),
        ("?state=opted_out_sms", {"Out"}),
        ("?state=opted_out_email", set()),
        ("?state=paused", {"Paused"}),
        ("?state=written", {"Signed"}),
        ("?state=some", {"Signed", "Given"}),
        ("?state=none", {"Out", "Paused", "Mailonly"}),
        ("?state=no_sms", {"Mailonly"}),
        ("?state=no_email", {"Out", "Paused", "Signed", "Given"}),
        ("?before=2020-01-01", {"Out"}),
        ("?segment=Recall", {"Signed"}),
        ("?state=nonsense", set()),
        ("?before=yesterday", set()),
    ],
)
def test_the_list_is_narrowed_by_filters(query: str, found: set[str]) -> None:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        out(clinic, named(clinic, "Out A", phone="+15742310001", last_visit=date(2019, 5, 5)))
        paused = named(clinic, "Paused A", phone="+15742310002")
        Pause.objects.create(client=clinic, contact=paused, reason="x")
        people.consent(named(clinic, "Signed A", phone="+15742310003", segment="Recall"))
        people.consent(named(clinic, "Given A", phone="+15742310004"), tier=Tier.NUMBER_GIVEN)
        named(clinic, "Mailonly A", email="m@example.com")
    page = shown(as_(alice), query)
    assert {
        name for name in ("Out", "Paused", "Signed", "Given", "Mailonly") if f"<b>{name} A</b>" in page
    } == found


def test_those_longest_away_come_first_when_asked_and_pages_go_on() -> None:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        for n in range(60):
            people.contact(
                clinic, first_name=f"N{n:02d}", last_visit=date(2020, 1, 1 + n % 28) if n % 3 else None
            )
    browser = as_(alice)
    answer = browser.get(LIST + "?sort=last_visit")
    page = answer.context["page"]
    days = [contact.last_visit for contact in page.rows]
    known = [day for day in days if day]
    assert known == sorted(known)
    assert days[len(known) :] == [None] * (len(days) - len(known))
    rest = browser.get(LIST + f"?sort=last_visit&after={page.next}").context["page"]
    assert len({c.pk for c in page.rows + rest.rows}) == 60


@pytest.mark.parametrize(
    "typed", ["(574) 231-0001", "574.231.0001", "ANN@example.com ", "O'Neil ann", "neil"]
)
def test_a_person_is_found_by_phone_mail_or_words_of_the_name(typed: str) -> None:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        ann = named(clinic, "Ann O'Neil", phone="+15742310001", email="ann@example.com")
        named(clinic, "Ben Ray", phone="+15742310002")
    answer = as_(alice).post(LIST + "search/", {"q": typed})
    assert answer["Location"] == f"{LIST}{ann.pk}/"


def test_filters_narrow_what_was_searched_for() -> None:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        out(clinic, named(clinic, "Ann Lee", phone="+15742310001"))
        named(clinic, "Ben Lee", phone="+15742310002")
        out(clinic, named(clinic, "Cy Ray", phone="+15742310003"))
    browser = as_(alice)
    there = browser.post(LIST + "search/", {"q": "lee"})["Location"]
    words = parse_qs(urlsplit(there).query)["words"][0]
    page = browser.get(there).content.decode()
    assert f'<input type="hidden" name="words" value="{words}">' in page.partition('class="filters"')[2]
    narrowed = shown(browser, f"?words={words}&state=opted_out_sms")
    assert [name in narrowed for name in ("Ann Lee", "Ben Lee", "Cy Ray")] == [True, False, False]


def test_a_search_leaves_nothing_personal_in_an_address() -> None:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        for n in range(2):
            named(clinic, f"Ann Lee{n}", email="home@example.com")
    browser = as_(alice)
    by_mail = browser.post(LIST + "search/", {"q": "home@example.com"})["Location"]
    by_name = browser.post(LIST + "search/", {"q": "Ann"})["Location"]
    assert "home" not in by_mail
    assert "Ann" not in by_name
    for there in (by_mail, by_name):
        page = browser.get(there).content.decode()
        assert "Ann Lee0" in page
        assert "Ann Lee1" in page
    assert browser.get(LIST + "search/?q=ann").status_code == 405


@pytest.mark.parametrize("typed", ["", "   ", "12345678901234567890", "a@b", "!!!"])
def test_what_cannot_be_looked_for_is_said_in_a_sentence(typed: str) -> None:
    people.clinic()
    answer = as_(people.alice()).post(LIST + "search/", {"q": typed})
    assert answer.status_code == 422
    assert b"Search finds a whole phone number" in answer.content


def test_a_nul_is_refused_before_it_is_looked_for() -> None:
    people.clinic()
    assert as_(people.alice()).post(LIST + "search/", {"q": "\x00"}).status_code == 400


@pytest.mark.parametrize(
    "query", ["?address=x", "?words=1,x", f"?address={2**70}", "?words=,", "?address=-1"]
)
def test_an_address_made_up_by_hand_finds_nobody(query: str) -> None:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        named(clinic, "Ann Lee", phone="+15742310001")
    assert "Nobody found" in shown(as_(alice), query)


def test_an_opt_out_without_a_contact_is_still_told() -> None:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        address = Address.objects.resolve(Channel.SMS, ["+15742310009"])["+15742310009"]
        suppress(clinic.pk, address, Channel.SMS, Suppression.Source.KEYWORD)
    browser = as_(alice)
    page = browser.get(browser.post(LIST + "search/", {"q": "5742310009"})["Location"]).content.decode()
    assert "Opted out of texts on" in page
    assert "Nobody here has this address any more" in page


def test_the_agency_searches_through_its_own_clients_only_and_that_is_noted() -> None:
    clinic, rival = people.clinic(), people.rival_clinic()
    for place in (clinic, rival):
        with acting_for(place.pk):
            named(place, f"Ann {place.name}", phone="+15742310001")
    browser = as_(people.alice())
    for typed in ("5742310001", "ann"):
        page = browser.post("/find/", {"q": typed}).content.decode()
        assert "A.\N{NO-BREAK SPACE}B.\N{NO-BREAK SPACE}S." in page, "masked, as in every list"
        assert "Clear View" not in page
    with acting_for(clinic.pk):
        assert AuditEvent.objects.filter(verb="contact.found").count() == 2
    with acting_for(rival.pk):
        assert not AuditEvent.objects.exists()
    assert browser.post("/find/", {"q": ""}).status_code == 422
    assert as_(people.bob(clinic)).post("/find/", {"q": "ann"}).status_code == 404


def test_the_file_is_safe_for_spreadsheets_filtered_and_noted() -> None:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        named(clinic, "=HYPERLINK(1) Lee", phone="+15742310001", segment="Recall", external_id="@7")
        out(clinic, named(clinic, "Ben Ray", phone="+15742310002"))
    answer = as_(alice).post(LIST + "file/", {"segment": "Recall"})
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "'=HYPERLINK(1)" in text
    assert "'+15742310001" in text
    assert "'@7" in text
    assert "Ben" not in text
    with acting_for(clinic.pk):
        noted = AuditEvent.objects.get(verb="contact.exported")
    assert noted.detail == {"filters": ["segment"]}
    whole = as_(alice).post(LIST + "file/")
    assert "Opted out of texts" in b"".join(whole.streaming_content).decode()  # type: ignore[attr-defined]


def test_the_front_desk_lists_people_but_takes_no_file() -> None:
    clinic = people.clinic()
    fred = as_(people.fred(clinic))
    assert fred.get(LIST).status_code == 200
    assert fred.post(LIST + "file/").status_code == 403
    assert fred.get(LIST + "file/").status_code == 405


def test_an_empty_client_is_told_what_goes_here() -> None:
    people.clinic()
    assert "No contacts yet" in shown(as_(people.alice()))


def test_the_list_costs_the_same_for_many(django_assert_max_num_queries: Any) -> None:
    clinic, browser = people.clinic(), as_(people.alice())
    with acting_for(clinic.pk):
        people.consent(named(clinic, "A B", phone="+15742310000", email="a@example.com", segment="Recall"))
    shown(browser)
    with django_assert_max_num_queries(24) as few:
        shown(browser)
    with acting_for(clinic.pk):
        for n in range(1, 45):
            who = named(clinic, f"A{n} B", phone=f"+1574231{n:04d}", email=f"a{n}@example.com")
            people.consent(who)
            out(clinic, who)
    with django_assert_max_num_queries(len(few)):
        shown(browser)


def test_a_stranger_gets_nothing() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        named(clinic, "Ann Lee", phone="+15742310001")
    charlie = as_(people.charlie())
    assert charlie.get(LIST).status_code == 404
    assert charlie.get(LIST + "strip/").status_code == 404
    assert charlie.post(LIST + "search/", {"q": "ann"}).status_code == 404
    assert charlie.post(LIST + "file/").status_code == 404
