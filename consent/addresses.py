"""The one canonical form of an address, shared by the importer, every form and every webhook.

A text number is E.164 (`+12125550100`), an e-mail address is ASCII in lower case. Suppressions are keyed
by a hash of this form, so two spellings of one address must never come out differently.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from django.utils.translation import gettext_noop
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberType

US_REGIONS = frozenset({"US", "PR", "VI", "GU", "AS", "MP"})
TEXTABLE_TYPES = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
    }
)

NO_NUMBER = gettext_noop("There is no phone number here.")
TOO_SHORT = gettext_noop("This number has fewer than ten digits; give the area code too.")
TOO_LONG = gettext_noop("This holds too many digits for one number; give one number only.")
ROUNDED = gettext_noop(
    "A spreadsheet rounded this number: its last digits are lost. Format the column as text and export again."
)
FOREIGN = gettext_noop("This number is outside the United States; only US numbers can be texted.")
TOLL_FREE = gettext_noop("This is a toll-free number, not a person's phone.")
PREMIUM = gettext_noop("This is a premium-rate number, not a person's phone.")
NOT_TEXTABLE = gettext_noop("This kind of number cannot receive texts from a practice.")
NOT_IN_USE = gettext_noop("No US phone number looks like this; check the area code and the digits.")
NO_ADDRESS = gettext_noop("There is no e-mail address here.")
NO_AT = gettext_noop("An e-mail address has an @ sign; this one has none.")
SEVERAL = gettext_noop("This holds more than one e-mail address; give one only.")
HAS_SPACE = gettext_noop("An e-mail address has no spaces inside.")
NOT_ASCII = gettext_noop("The part before the @ has letters that mail providers cannot deliver to.")
ADDRESS_TOO_LONG = gettext_noop("This e-mail address is longer than any mail server accepts.")
NO_DOMAIN = gettext_noop("The part after the @ is not a complete domain such as example.com.")
NOT_AN_ADDRESS = gettext_noop("No e-mail address looks like this; check the spelling.")


class AddressRefused(ValueError):
    """An address that cannot be used. `sentence` says why and never repeats the address."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def canonical_sms(text: str) -> str:
    """The E.164 form of a US number that can be texted; raises `AddressRefused`.

    Extensions are left out. US territories count as US. The verdict is always that of `phonenumbers`;
    plain ten- and eleven-digit numbers only take a shorter way to it.
    """
    plain = _PLAIN_US.fullmatch(text)
    if plain is not None:
        national = "".join(plain.groups())
        if _ORDINARY_US.fullmatch(national) and not _SPECIAL_US.fullmatch(national):
            return "+1" + national
    return _careful_sms(text)


def canonical_email(text: str) -> str:
    """The address in ASCII and lower case (an international domain as `xn--`); raises `AddressRefused`.

    Syntax only, by `email_validator`: whether a mailbox exists is learnt from bounces, not asked here.
    """
    plain = text.strip().lower() if text.isascii() else ""
    local, _, domain = plain.rpartition("@")
    if len(local) <= 64 and len(domain) <= 253 and _PLAIN_LOCAL.fullmatch(local):
        ascii_domain = _canonical_domain(domain)
        if ascii_domain and len(local) + 1 + len(ascii_domain) <= 254:
            return f"{local}@{ascii_domain}"
    return _careful_email(text)


# -- phones ----------------------------------------------------------------------------------------

_GAP = r"[\s.\-/\u2010-\u2015\u2212]{0,2}"
_PLAIN_US = re.compile(
    rf"\s*(?:\+?1{_GAP})?(?:\((?=[0-9]{{3}}\)))?([0-9]{{3}})\)?{_GAP}([0-9]{{3}}){_GAP}([0-9]{{4}})\s*"
)


def _us_pattern(*kinds: str) -> re.Pattern[str]:
    """Google's own patterns for US national numbers of these kinds, as shipped with `phonenumbers`."""
    metadata = PhoneMetadata.metadata_for_region("US")
    found = [getattr(metadata, kind, None) for kind in kinds]
    patterns = [one.national_number_pattern for one in found if one and one.national_number_pattern]
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_ORDINARY_US = _us_pattern("fixed_line")
_SPECIAL_US = _us_pattern(
    "premium_rate", "toll_free", "shared_cost", "personal_number", "pager", "uan", "voicemail"
)

_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0e-\x1f\x7f]")
_WRAPPING = re.compile(r"""^(?:=(?=["'])|[\s"'`])+|[\s"'`]+$""")
_LABEL = r"(?:tel|telephone|phone|ph|cell|cellular|mobile|mob|home|work|sms|text)"
_LABEL_BEFORE = re.compile(rf"^{_LABEL}\b\s*[.:#]?\s*", re.IGNORECASE)
_LABEL_AFTER = re.compile(rf"\s*[(\[]?\s*\b(?:{_LABEL}|[chmw])\s*[)\]]?$", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"\+?([0-9])(?:[.,]([0-9]*))?e\+?([0-9]{1,2})", re.IGNORECASE)
_FLOAT = re.compile(r"([0-9]{10,11})[.,]0*")


def _careful_sms(text: str) -> str:
    if len(text) > 200:
        raise AddressRefused(TOO_LONG)
    number = " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).split())
    number = _LABEL_BEFORE.sub("", _WRAPPING.sub("", number))
    number = _plain_from_spreadsheet(_without_label_after(number))
    if not any(character.isalnum() for character in number):
        raise AddressRefused(NO_NUMBER)
    try:
        parsed = phonenumbers.parse(number, "US")
    except NumberParseException as error:
        raise AddressRefused(_parse_sentence(error, number)) from None
    if parsed.country_code != 1:
        raise AddressRefused(FOREIGN if phonenumbers.is_valid_number(parsed) else NOT_IN_USE)
    return _textable(parsed)


def _textable(parsed: phonenumbers.PhoneNumber) -> str:
    kind = phonenumbers.number_type(parsed)
    if kind == PhoneNumberType.UNKNOWN:
        digits = len(phonenumbers.national_significant_number(parsed))
        raise AddressRefused(TOO_SHORT if digits < 10 else TOO_LONG if digits > 11 else NOT_IN_USE)
    if kind == PhoneNumberType.TOLL_FREE:
        raise AddressRefused(TOLL_FREE)
    if kind == PhoneNumberType.PREMIUM_RATE:
        raise AddressRefused(PREMIUM)
    if kind not in TEXTABLE_TYPES:
        raise AddressRefused(NOT_TEXTABLE)
    if phonenumbers.region_code_for_number(parsed) not in US_REGIONS:
        raise AddressRefused(FOREIGN)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _without_label_after(number: str) -> str:
    """`919-676-9593 (cell)` without its label, but `212-555-CELL` as it is: those letters are digits."""
    shorter = _LABEL_AFTER.sub("", number)
    return shorter if sum(character.isdigit() for character in shorter) >= 10 else number


def _plain_from_spreadsheet(number: str) -> str:
    """Undo `9196769593.0` and a `9.196769593E+09` that kept every digit; refuse one that lost some."""
    as_float = _FLOAT.fullmatch(number)
    if as_float:
        return as_float[1]
    scientific = _SCIENTIFIC.fullmatch(number)
    if not scientific:
        return number
    first, rest, power = scientific[1], scientific[2] or "", int(scientific[3])
    if len(rest) != power:
        raise AddressRefused(ROUNDED)
    return first + rest


def _parse_sentence(error: NumberParseException, number: str) -> str:
    if error.error_type == NumberParseException.TOO_LONG:
        return TOO_LONG
    if error.error_type in (NumberParseException.TOO_SHORT_NSN, NumberParseException.TOO_SHORT_AFTER_IDD):
        return TOO_SHORT
    digits = sum(character.isdigit() for character in number)
    if digits == 0:
        return NO_NUMBER
    return TOO_SHORT if digits < 10 else TOO_LONG if digits > 15 else NOT_IN_USE


# -- e-mail ----------------------------------------------------------------------------------------

_PLAIN_LOCAL = re.compile(r"[a-z0-9_+\-]+(?:\.[a-z0-9_+\-]+)*")
_ANGLED = re.compile(r"[^<>@]*<([^<>]+)>")


@lru_cache(maxsize=8192)
def _canonical_domain(domain: str) -> str:
    """The ASCII form of a domain that `email_validator` accepts, else an empty string."""
    try:
        return validate_email("a@" + domain, check_deliverability=False).ascii_domain.lower()
    except EmailNotValidError:
        return ""


def _careful_email(text: str) -> str:
    if len(text) > 1000:
        raise AddressRefused(ADDRESS_TOO_LONG)
    address = _WRAPPING.sub("", _INVISIBLE.sub("", text.replace("\u00a0", " ")))
    if address[:7].lower() == "mailto:":
        address = address[7:].strip()
    angled = _ANGLED.fullmatch(address)
    if angled:
        address = angled[1].strip()
    if not address:
        raise AddressRefused(NO_ADDRESS)
    try:
        found = validate_email(address, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        raise AddressRefused(_email_sentence(address)) from None
    return f"{found.ascii_local_part}@{found.ascii_domain}".lower()


def _email_sentence(address: str) -> str:
    local, at, domain = address.rpartition("@")
    if not at:
        return NO_AT
    if re.search(r"@[^@]*[;,\s/]+[^@]*@", address):
        return SEVERAL
    if re.search(r"\s", address):
        return HAS_SPACE
    if len(address) > 254 or len(local) > 64:
        return ADDRESS_TOO_LONG
    if len(domain) > 253 or not _canonical_domain(domain):
        return NO_DOMAIN
    return NOT_AN_ADDRESS if local.isascii() else NOT_ASCII
