"""The canonical form of an address: one verdict, one spelling, whoever asks."""

from __future__ import annotations

import phonenumbers
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from consent import addresses
from consent.addresses import AddressRefused, canonical_email, canonical_sms


def sms(text: str) -> str:
    try:
        return canonical_sms(text)
    except AddressRefused:
        return ""


def email(text: str) -> str:
    try:
        return canonical_email(text)
    except AddressRefused:
        return ""


@pytest.mark.parametrize(
    "written",
    [
        "+15742310642", "15742310642", "5742310642", "574-231-0642", "(574) 231-0642", "574.231.0642", "574/231-0642",
        "1-574-231-0642", "+1 (574) 231-0642", " 574 231 0642 ", "574‑231‑0642", "574\u00a0231\u00a00642",
        "５７４２３１０６４２", "tel:+15742310642", "tel:+1-574-231-0642", "5742310642 x12", "(574) 231-0642 ext. 9",
        "5742310642.0", "5.742310642E+09", "'5742310642", '="5742310642"', "574-231-0642 (cell)", "Cell: 574-231-0642",
        "574-231-0642 h", "\u200e574-231-0642", "574\u2212231\u22120642", "٥٧٤٢٣١٠٦٤٢", "574 231\t0642", "+1.574.231.0642",
    ],
)  # fmt: skip
def test_a_number_in_any_dress_is_one_number(written: str) -> None:
    assert canonical_sms(written) == "+15742310642"


@pytest.mark.parametrize(
    "written, sentence",
    [
        ("", addresses.NO_NUMBER),
        ("-", addresses.NO_NUMBER),
        ("n/a", addresses.NO_NUMBER),
        ("555-0100", addresses.TOO_SHORT),
        ("123", addresses.TOO_SHORT),
        ("(212) 555-01", addresses.TOO_SHORT),
        ("4.15555E+09", addresses.ROUNDED),
        ("4.1555512E+9", addresses.ROUNDED),
        ("+44 20 7946 0958", addresses.FOREIGN),
        ("011 44 20 7946 0958", addresses.FOREIGN),
        ("416-555-0123", addresses.FOREIGN),
        ("+1 876 555 0123", addresses.FOREIGN),
        ("0000000000", addresses.NOT_IN_USE),
        ("999-999-9999", addresses.NOT_IN_USE),
        ("+1 (555) 010-9999 x12", addresses.NOT_IN_USE),
        ("800-555-1212", addresses.TOLL_FREE),
        ("900-555-1212", addresses.PREMIUM),
        ("500-234-5678", addresses.NOT_TEXTABLE),
        ("574-231-0642 / 574-231-0643", addresses.TOO_LONG),
        ("5" * 100_000, addresses.TOO_LONG),
    ],
)
def test_a_number_that_cannot_be_texted_is_refused_with_the_reason(written: str, sentence: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        canonical_sms(written)
    assert refused.value.sentence == sentence


@pytest.mark.parametrize("area", ["787", "939", "340", "671", "684", "670"])
def test_the_territories_are_united_states_numbers(area: str) -> None:
    example = {"787": "7872345678", "939": "9392345678", "340": "3406421234", "671": "6713001234"}
    number = example.get(area, {"684": "6846331234", "670": "6702345678"}.get(area, ""))
    assert canonical_sms(number) == f"+1{number}"


def test_letters_are_digits_as_on_the_keypad() -> None:
    assert canonical_sms("212-555-CARE") == "+12125552273"
    assert canonical_sms("212-555-CELL") == "+12125552355"


national_numbers = st.one_of(
    st.from_regex(r"\A[2-9][0-9]{2}[2-9][0-9]{6}\Z"), st.from_regex(r"\A[0-9]{10}\Z")
)
dresses = st.sampled_from(
    ["{}{}{}", "+1{}{}{}", "1{}{}{}", "({}) {}-{}", "{}-{}-{}", "{}.{}.{}", "{} {} {}", "+1 ({}) {}-{}", "{}/{}-{}",
     "1-{}-{}-{}", " {} {} {} ", "{}\u2011{}\u2011{}", "({}){}-{}", "{}) {}-{}", "+1-{}.{}/{}", "1 {} {} {}"]
)  # fmt: skip


@given(national_numbers, dresses)
def test_the_short_way_always_comes_to_the_verdict_of_phonenumbers(national: str, dress: str) -> None:
    written = dress.format(national[:3], national[3:6], national[6:])
    try:
        slow = addresses._careful_sms(written)
    except AddressRefused:
        slow = ""
    assert sms(written) == slow
    parsed = phonenumbers.parse(f"+1{national}")
    textable = phonenumbers.region_code_for_number(parsed) in addresses.US_REGIONS
    textable &= phonenumbers.number_type(parsed) in addresses.TEXTABLE_TYPES
    assert bool(slow) == textable


def test_google_s_own_examples_of_all_regions_get_the_right_verdict() -> None:
    for region in phonenumbers.SUPPORTED_REGIONS:
        for kind in phonenumbers.PhoneNumberType.values():
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
            wanted = region in addresses.US_REGIONS and kind in addresses.TEXTABLE_TYPES
            assert sms(number) == (number if wanted else ""), (region, kind)


@given(st.text())
def test_a_phone_number_is_in_canonical_form_or_refused(text: str) -> None:
    found = sms(text)
    assert not found or canonical_sms(found) == found


@pytest.mark.parametrize(
    "written, canonical",
    [
        ("jane@example.org", "jane@example.org"),
        (" JANE@EXAMPLE.ORG ", "jane@example.org"),
        ("mailto:Jane@example.org", "jane@example.org"),
        ("Jane Doe <jane@example.org>", "jane@example.org"),
        ("jane+news@example.org", "jane+news@example.org"),
        ("o'hara@example.org", "o'hara@example.org"),
        ("'jane@example.org'", "jane@example.org"),
        ("jane@exämple.org", "jane@xn--exmple-cua.org"),
        ("jane@example.org\u200b", "jane@example.org"),
        ("jane@EXAMPLE.org\r\n", "jane@example.org"),
    ],
)
def test_an_address_in_any_dress_is_one_address(written: str, canonical: str) -> None:
    assert canonical_email(written) == canonical


@pytest.mark.parametrize(
    "written, sentence",
    [
        ("", addresses.NO_ADDRESS),
        ("noemail", addresses.NO_AT),
        ("none@none", addresses.NO_DOMAIN),
        ("jane@", addresses.NO_DOMAIN),
        ("jane@localhost", addresses.NO_DOMAIN),
        ("jane@example.org.", addresses.NO_DOMAIN),
        ("jane@[127.0.0.1]", addresses.NO_DOMAIN),
        ("@example.com", addresses.NOT_AN_ADDRESS),
        ("john.@example.com", addresses.NOT_AN_ADDRESS),
        ("jane@@example.com", addresses.NOT_AN_ADDRESS),
        ('"jane doe"@example.com', addresses.HAS_SPACE),
        ('"jane"@example.com', addresses.NOT_AN_ADDRESS),
        ("jane doe@example.com", addresses.HAS_SPACE),
        ("jane@example.com; joe@example.com", addresses.SEVERAL),
        ("jane@example.com,joe@example.com", addresses.SEVERAL),
        ("jané@example.com", addresses.NOT_ASCII),
        ("j" * 65 + "@example.com", addresses.ADDRESS_TOO_LONG),
        ("j@" + "e" * 320 + ".com", addresses.ADDRESS_TOO_LONG),
        ("jane@example.com\r\nBcc: joe@example.com", addresses.SEVERAL),
        ("j" * 100_000, addresses.ADDRESS_TOO_LONG),
    ],
)
def test_an_address_that_cannot_be_mailed_is_refused_with_the_reason(written: str, sentence: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        canonical_email(written)
    assert refused.value.sentence == sentence


def test_a_refusal_never_repeats_the_address() -> None:
    for written in ("jane.doe@none", "555-0199"):
        with pytest.raises(AddressRefused) as refused:
            (canonical_email if "@" in written else canonical_sms)(written)
        assert "jane" not in str(refused.value)
        assert "0199" not in str(refused.value)


locals_ = st.text("abcXYZ019._+-'!", max_size=70)
domains = st.one_of(
    st.text("abcZ01.-", max_size=12),
    st.sampled_from(["example.org", "GMAIL.com", "a.b", "x.test", "xn--a.com"]),
)


@given(locals_, domains)
def test_the_short_way_always_comes_to_the_verdict_of_email_validator(local: str, domain: str) -> None:
    written = f"{local}@{domain}"
    try:
        library = (
            validate_email(written, check_deliverability=False, allow_smtputf8=False, strict=True).ascii_email
            or ""
        ).lower()
    except EmailNotValidError:
        library = ""
    if written.strip("'") == written:
        assert email(written) == library


@given(st.one_of(st.text(), st.emails()))
def test_an_email_address_is_in_canonical_form_or_refused(text: str) -> None:
    found = email(text)
    assert not found or (canonical_email(found) == found and found.isascii() and found == found.lower())
