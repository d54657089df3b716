"""A yes by text: somebody reads a poster, texts its word to the practice's number, and so agrees to what the poster says.

Their text is the signature (15 USC 7006(5)); what it is worth is decided by `consent.proof` alone. It lifts no opt-out: START
does, and only START.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

import qrcode
from django.db import transaction
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy
from qrcode.image.svg import SvgPathImage

from consent import languages
from consent.api.taking import take
from consent.models import Address, ConsentRecord, Contact, ContactPoint, Keyword
from consent.recording import record_own_yes
from consent.replies import Label, classify
from consent.signing_up import about_what, lint
from tenants.api.problems import Problem
from tenants.models import Channel, Client, Purpose
from tenants.templatetags.figures import phone

METHOD = ConsentRecord.Method.KEYWORD
# What a poster says of the texts: it speaks to whoever reads it, and a form lets them speak themselves.
ABOUT = {
    Purpose.CARE: gettext_lazy("about your visits"),
    Purpose.RECALL: gettext_lazy("when you are due for a visit"),
    Purpose.MARKETING: gettext_lazy("with offers and other marketing"),
}
SHAPE = re.compile(r"[A-Z][A-Z0-9]{2,11}")
# Words that vendors used for opting out of one thing, and words that people write anyhow.
TAKEN = frozenset({
    "RECARE", "PAYMENT", "SURVEY", "ARRET", "SUBSCRIBE", "HELLO", "THANKS", "THANK", "OKAY", "SURE", "GOOD", "GREAT",
    "FINE", "YEAH", "YEP", "YUP", "HEY", "BYE", "TEST", "WHO", "WHAT", "WHEN", "WHERE", "CALL", "TEXT", "BOOK",
    "BOOKED", "CONFIRM", "CONFIRMED", "MORNING", "LATER", "TODAY", "TOMORROW",
})  # fmt: skip


def problem_of(word: str) -> str:
    """Why a word cannot be a keyword, as a sentence; empty when it can."""
    if not SHAPE.fullmatch(word):
        return "Three to twelve letters and figures, beginning with a letter, and nothing else."
    if classify(word).label is not Label.OTHER:
        return "This word already means something: it stops, starts, asks for help, or sounds like a no. Choose another."
    if word in TAKEN:
        return "People text this word for other reasons, so it would be no yes. Choose a word that nobody writes by chance."
    return ""


def starter(practice: str, purposes: Sequence[str], language: str = "en") -> str:
    """A wording that says everything it must; the word and the number are put in when it is kept."""
    with languages.speaking(language):
        return gettext(
            "By texting {keyword} to {number} you agree that {practice} may text you {about} at the number you text from, also by an "
            "automated system: up to 4 texts a month. Message and data rates may apply. Reply STOP to opt out, HELP for help. "
            "Agreeing is not a condition of any purchase or service."
        ).format(keyword="{keyword}", number="{number}", practice=practice, about=about_what(purposes, ABOUT))


def problems_of(wording: str, word: str, number: str, purposes: Sequence[str], practice: str) -> list[str]:
    """What a poster's wording does not say and must, as sentences."""
    said = lint(wording, purposes, practice)
    if word and word not in wording:
        said.append(f"It does not name the word {word}.")
    if number and phone(number) not in wording:
        said.append(f"It does not name the number {phone(number)}.")
    return said


def code_of(keyword: Keyword) -> SafeString:
    """The QR code that opens a text with the word to the number, as SVG."""
    drawn = qrcode.make(
        f"sms:{keyword.number}?&body={quote(keyword.word)}", image_factory=SvgPathImage, border=4
    )
    svg: SafeString = mark_safe(drawn.to_string().decode())  # noqa: S308 - drawn of a number and a word of capitals
    return svg


def version_of(keyword: Keyword) -> str:
    """By what a consent names the poster that was read."""
    return f"keyword {keyword.pk}, SHA-256 {hashlib.sha256(keyword.wording.encode()).hexdigest()}"


def meant(text: str, number: str, at: datetime) -> Keyword | None:
    """The keyword in use that this text is, and nothing beside it; inside the client's scope."""
    word = re.sub(r"^\W+|\W+$", "", text).upper()
    if not SHAPE.fullmatch(word) or problem_of(word):
        return None
    found: Keyword | None = (
        Keyword.objects.in_force(at).filter(word=word, number=number).select_related("client").first()
    )
    return found


def join(
    keyword: Keyword, *, sender: str, text: str, inbound_id: str, received_at: datetime
) -> list[ConsentRecord]:
    """Record the yes of whoever texted it; empty when a person must look: the number is several people's, the practice was
    renamed since, or nobody may be taken in."""
    client = keyword.client
    if problems_of(keyword.wording, keyword.word, keyword.number, keyword.purposes, client.name):
        return []
    try:
        with transaction.atomic():
            contact = _who(client, sender, keyword.language)
            spot = (
                ContactPoint.objects.filter(contact=contact, channel=Channel.SMS, ended_at=None)
                if contact
                else None
            )
            point = next((each for each in spot or () if each.value == sender), None)
            if contact is None or point is None:
                return []
            evidence: dict[str, str | bool] = {
                "keyword": keyword.word, "texted": text[:1000], "inbound_id": inbound_id,
                "received_at": received_at.isoformat(), "call_to_action": version_of(keyword),
            }  # fmt: skip
            return record_own_yes(
                contact, point, brand=client.name, purposes=keyword.purposes, method=METHOD, wording=keyword.wording,
                given_at=received_at, evidence=evidence,
            )  # fmt: skip
    except Problem:
        return []


def _who(client: Client, sender: str, language: str) -> Contact | None:
    """The one person at this number; who is new there reads the language of the poster they answered. None when there are several."""
    address = Address.objects.resolve(Channel.SMS, [sender])[sender]
    there = list(Contact.objects.filter(points__address=address, points__ended_at=None).distinct()[:2])
    if there:
        return there[0] if len(there) == 1 else None
    (taken,) = take(client, [{"phone": sender, "language": language}])
    return Contact.objects.filter(pk=taken.contact).first() if taken.contact else None
