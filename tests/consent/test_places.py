"""From a phone number and an address to the places a person may be in."""

from __future__ import annotations

import phonenumbers
import pytest
from phonenumbers.geodata import GEOCODE_DATA

from consent.places import (
    UNKNOWN,
    NotUnitedStatesError,
    Place,
    all_area_codes,
    all_states,
    everywhere,
    is_us_number,
    places,
    window_key,
)

E, C, M, P = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
TERRITORIES = {"AS", "GU", "MP", "PR", "VI"}


def number(code: int | str) -> str:
    return f"+1{code}5550142"


def key(state: str, *zones: str) -> str:
    return "|".join(f"{state}/{zone}" for zone in sorted(zones))


@pytest.mark.parametrize(
    "code, expected",
    [
        # Codes that a zone line crosses.
        (850, key("FL", C, E)),
        (448, key("FL", C, E)),
        (270, key("KY", C, E)),
        (364, key("KY", C, E)),
        (606, key("KY", C, E)),
        (219, key("IN", C, E)),
        (574, key("IN", C, E)),
        (812, key("IN", C, E)),
        (930, key("IN", C, E)),
        (906, key("MI", C, E)),
        (423, key("TN", C, E)),
        (729, key("TN", C, E)),
        (605, key("SD", C, M)),
        (701, key("ND", C, M)),
        (308, key("NE", C, M)),
        (620, key("KS", C, M)),
        (785, key("KS", C, M)),
        (208, key("ID", M, P)),
        (986, key("ID", M, P)),
        (541, key("OR", M, P)),
        (458, key("OR", M, P)),
        (775, key("NV", M, P)),
        (928, key("AZ", M, "America/Phoenix")),
        (907, key("AK", "America/Adak", "America/Anchorage")),
        # Codes on one side of a line in a state that has two.
        (915, key("TX", M)),
        (432, key("TX", C)),
        (689, key("FL", E)),
        (305, key("FL", E)),
        (865, key("TN", E)),
        (901, key("TN", C)),
        (502, key("KY", E)),
        (317, key("IN", E)),
        (503, key("OR", P)),
        (402, key("NE", C)),
        (480, key("AZ", "America/Phoenix")),
        (702, key("NV", P)),
        (808, key("HI", "Pacific/Honolulu")),
        # Overlays of 2024 to 2026.
        (465, key("NY", E)),
        (679, key("MI", E)),
        (924, key("MN", C)),
        (621, key("TX", C)),
        (457, key("LA", C)),
        (471, key("MS", C)),
        (483, key("AL", C)),
        (748, key("CO", M)),
        (436, key("OH", E)),
        (357, key("CA", P)),
        # Territories.
        (787, key("PR", "America/Puerto_Rico")),
        (939, key("PR", "America/Puerto_Rico")),
        (340, key("VI", "America/St_Thomas")),
        (671, key("GU", "Pacific/Guam")),
        (684, key("AS", "Pacific/Pago_Pago")),
        (670, key("MP", "Pacific/Saipan")),
    ],
)
def test_an_area_code_gives_its_state_and_every_zone_it_crosses(code: int, expected: str) -> None:
    assert window_key(number(code), None, None) == expected


def test_every_state_and_territory_is_reached_by_some_area_code() -> None:
    reached = {place.state for found in all_area_codes().values() for place in found}
    assert reached == set(all_states())
    assert len(all_states()) == 51 + len(TERRITORIES)


def test_no_united_states_area_code_that_phonenumbers_knows_is_missing() -> None:
    known = set()
    for code in range(200, 1000):
        for rest in ("2345678", "5552345", "6192345", "6337000"):
            parsed = phonenumbers.parse(f"+1{code}{rest}")
            if phonenumbers.region_code_for_number(parsed) in {"US", *TERRITORIES}:
                known.add(str(code))
    toll_free_and_the_like = {code for code in known if code not in all_area_codes()}
    assert all(is_us_number(number(code)) for code in known)
    assert all(window_key(number(code), None, None) == UNKNOWN for code in toll_free_and_the_like)
    assert len(known - toll_free_and_the_like) > 350


def test_states_of_area_codes_agree_with_the_places_phonenumbers_names() -> None:
    compared = 0
    for prefix, names in GEOCODE_DATA.items():
        code, _, state = prefix[1:4], *names.get("en", "").rpartition(", ")[1:]
        if prefix[0] != "1" or len(prefix) < 7 or code not in all_area_codes() or state not in all_states():
            continue
        # One exchange of northern New Jersey is listed under a town name of New York.
        if prefix[:4] != "1201":
            assert {place.state for place in all_area_codes()[code]} == {state}, prefix
            compared += 1
    assert compared > 20_000


@pytest.mark.parametrize(
    "zip_code, expected",
    [
        ("32501", key("FL", C)),  # Pensacola
        ("32401", key("FL", C)),  # Panama City
        ("32301", key("FL", E)),  # Tallahassee
        ("32456", key("FL", C, E)),  # Port St. Joe: the line runs through it
        ("37402", key("TN", E)),  # Chattanooga
        ("37405", key("TN", E)),  # Chattanooga, in lists of ZIPs wrongly Central
        ("37347", key("TN", C)),  # Jasper
        ("37311", key("TN", E)),  # Cleveland
        ("42101", key("KY", C)),
        ("42701", key("KY", E)),  # Elizabethtown
        ("40143", key("KY", C)),  # Hardinsburg
        ("47708", key("IN", C)),  # Evansville
        ("47546", key("IN", E)),  # Jasper
        ("46534", key("IN", C)),  # Knox
        ("46601", key("IN", E)),  # South Bend
        ("49801", key("MI", C)),  # Iron Mountain
        ("49855", key("MI", E)),  # Marquette
        ("57501", key("SD", C)),  # Pierre
        ("57701", key("SD", M)),  # Rapid City
        ("58601", key("ND", M)),  # Dickinson
        ("58501", key("ND", C)),  # Bismarck
        ("67735", key("KS", M)),  # Goodland
        ("67701", key("KS", C)),  # Colby
        ("69101", key("NE", C)),  # North Platte
        ("69361", key("NE", M)),  # Scottsbluff
        ("79901", key("TX", M)),  # El Paso
        ("79851", key("TX", M)),  # Sierra Blanca
        ("79830", key("TX", C)),  # Alpine
        ("78701", key("TX", C)),
        ("83814", key("ID", P)),  # Coeur d'Alene
        ("83501", key("ID", P)),  # Lewiston
        ("83702", key("ID", M)),
        ("97914", key("OR", M)),  # Ontario
        ("97907", key("OR", P)),  # Huntington
        ("86001", key("AZ", "America/Phoenix")),  # Flagstaff
        ("86045", key("AZ", M, "America/Phoenix")),  # Tuba City, Navajo and Hopi
        ("86515", key("AZ", M, "America/Phoenix")),  # Window Rock
        ("89883", key("NV", M, P)),  # West Wendover
        ("89801", key("NV", P)),  # Elko
        ("99546", key("AK", "America/Adak")),
        ("99501", key("AK", "America/Anchorage")),
        ("00901", key("PR", "America/Puerto_Rico")),
        ("00802", key("VI", "America/St_Thomas")),
        ("96799", key("AS", "Pacific/Pago_Pago")),
        ("96813", key("HI", "Pacific/Honolulu")),
        ("96910", key("GU", "Pacific/Guam")),
        ("96950", key("MP", "Pacific/Saipan")),
        ("06390", key("NY", E)),  # Fishers Island, reached through Connecticut
        ("02134", key("MA", E)),
        ("32501-1234", key("FL", C)),
        ("325011234", key("FL", C)),
    ],
)
def test_a_zip_gives_its_state_and_decides_the_zone(zip_code: str, expected: str) -> None:
    assert window_key(None, None, zip_code) == expected


@pytest.mark.parametrize("zip_code", ["09012", "34002", "96201", "96941", "96960", "96939", "00000"])
def test_military_foreign_and_absent_zips_tell_nothing(zip_code: str) -> None:
    assert window_key(None, None, zip_code) == UNKNOWN


@pytest.mark.parametrize(
    "state, expected",
    [
        ("FL", key("FL", C, E)),
        ("fl", key("FL", C, E)),
        (" Florida ", key("FL", C, E)),
        ("north  dakota", key("ND", C, M)),
        ("TX", key("TX", C, M)),
        ("AZ", key("AZ", M, "America/Phoenix")),
        ("NV", key("NV", P)),
        ("AK", key("AK", "America/Adak", "America/Anchorage")),
        ("DC", key("DC", E)),
        ("GU", key("GU", "Pacific/Guam")),
        ("ON", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_a_state_alone_gives_all_of_its_zones(state: str, expected: str) -> None:
    assert window_key(None, state, None) == expected


@pytest.mark.parametrize(
    "state", ["AK", "AZ", "FL", "ID", "IN", "KS", "KY", "MI", "NE", "ND", "OR", "SD", "TN", "TX"]
)
def test_every_divided_state_has_both_zones_until_a_zip_decides(state: str) -> None:
    assert len(places(window_key(None, state, None))) == 2
    assert len(places(window_key(None, state, "not a zip"))) == 2


def test_a_zip_decides_the_zone_inside_its_own_state_only() -> None:
    assert window_key(None, "FL", "32501") == key("FL", C)
    assert window_key(None, "TX", "32501") == f"{key('FL', C)}|{key('TX', C, M)}"


def test_places_of_the_area_code_are_added_to_the_address_and_never_replaced() -> None:
    assert window_key(number(213), "FL", "33101") == f"{key('CA', P)}|{key('FL', E)}"
    assert window_key(number(850), "FL", "32501") == key("FL", C, E)
    assert window_key(number(305), "FL", "32501") == key("FL", C, E)
    assert window_key(number(928), "AZ", "86001") == key("AZ", M, "America/Phoenix")
    assert window_key(number(602), "AZ", "85004") == key("AZ", "America/Phoenix")
    assert window_key(number(602), "AZ", None) == key("AZ", M, "America/Phoenix")


def test_numbers_without_a_place_leave_the_address_to_decide() -> None:
    assert window_key("+18005550142", None, None) == UNKNOWN
    assert window_key("+15005550142", None, None) == UNKNOWN
    assert window_key("+18005550142", "GA", None) == key("GA", E)
    assert window_key(None, None, None) == UNKNOWN == "?"


@pytest.mark.parametrize(
    "phone",
    [
        "+14165550142",  # Toronto
        "+18765550142",  # Jamaica
        "+442079460018",
        "+12995550142",  # no such code
        "8505550142",
        "+1850555014",
        "+18501550142",
        "+1850555014２",
        "",
    ],
)
def test_a_number_of_another_country_or_form_is_not_texted(phone: str) -> None:
    assert not is_us_number(phone)
    if phone:
        with pytest.raises(NotUnitedStatesError) as refused:
            window_key(phone, "FL", None)
        assert phone not in str(refused.value)


def test_unknown_stands_for_all_fifty_states_and_no_territory() -> None:
    states = {place.state for place in places(UNKNOWN)}
    assert places(UNKNOWN) == everywhere()
    assert states == set(all_states()) - TERRITORIES
    assert {Place("HI", "Pacific/Honolulu"), Place("FL", C), Place("ME", E)} <= places(UNKNOWN)


@pytest.mark.parametrize(
    "damaged",
    ["", "FL", "FL/", "FL/Mars/Olympus", "XX/America/Chicago", "FL/America/Chicago|", "HI/America/Chicago"],
)
def test_a_damaged_key_is_refused(damaged: str) -> None:
    with pytest.raises(ValueError, match="window key"):
        places(damaged)
