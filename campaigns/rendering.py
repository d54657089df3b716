"""What one person gets: a frozen step's words with their values; one way for preview, approval, sending."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from typing import Any

from campaigns import segments
from campaigns.mail_layout import UNSUBSCRIBE, lay_out
from campaigns.merge_fields import BY_NAME, BadField, pieces
from campaigns.spoken import STOP_LINE, hello, lines_in, said
from campaigns.wordings import SECOND, SPANISH, language_of, worded
from consent import languages
from consent.models import Contact, ContactPoint
from tenants.models import Channel, Client

LONGEST_TEXT = 1600  # characters a text may have at the provider (Twilio error 21617)
_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
Template = tuple[tuple[str, str], ...]


class Unrenderable(Exception):
    """This person cannot be sent this step. The message names no person and no value."""


class MissingValue(Unrenderable):
    """A merge field of the words has no value. `field` is its name."""

    def __init__(self, field: str) -> None:
        super().__init__(f"There is no value for {field}.")
        self.field = field


class TooLong(Unrenderable):
    """The text with this person's values is longer than a provider takes."""


@dataclass(frozen=True)
class Person:
    """What the words may say about a contact, in clear: never logged.

    `points`: its working addresses, plain, by address id; `language`: the one that it reads.
    """

    contact_id: int
    values: Mapping[str, str]
    points: Mapping[int, str] = field(default_factory=dict)
    language: str = "en"

    def __repr__(self) -> str:
        return f"Person({self.contact_id})"


@dataclass(frozen=True)
class Rendered:
    """A message as it goes out. `html` and `subject` are empty for a text; `segments` is 0 for a mail."""

    channel: str
    subject: str
    text: str
    html: str
    segments: int
    sha256: str

    def __repr__(self) -> str:
        return f"Rendered({self.channel}, {self.sha256[:12]})"


def render(
    content: Mapping[str, Any], position: int, person: Person, unsubscribe_url: str = "", wording: str = ""
) -> Rendered:
    """The step at `position` of a frozen content for one person. A mail needs `unsubscribe_url`.
    `wording`: the letter of the one that this person reads.

    Raises MissingValue (a field is empty), TooLong (a text over 1,600 characters), LookupError (no step).
    """
    step, language = worded(step_at(content, position), wording), language_of(wording)
    known = {**practice_values(content["brand"]), **person.values}
    if language != "en":
        known["hello"] = hello(known.get("first_name", ""), language)
    if step["channel"] == Channel.SMS:
        text = _fill(_template(step["text"]), known)
        if len(text) > LONGEST_TEXT:
            raise TooLong("The text with this person's values is longer than 1,600 characters.")
        return _rendered(step["channel"], "", text, "", segments.count(text).count)
    if not unsubscribe_url.startswith(("https://", "http://")):
        raise ValueError("A mail is not rendered without its unsubscribe link.")
    subject, text_template, html_template = _mail(
        step["subject"], step["body"], content["brand"]["practice_name"], tuple(step["footer"]), language
    )
    known = {**known, "unsubscribe_url": unsubscribe_url}
    subject_line = " ".join(_fill(subject, known).split())
    text = _fill(text_template, known)
    html = _fill(html_template, {name: escape(value) for name, value in known.items()})
    return _rendered(step["channel"], subject_line, text, html, 0)


def render_text(words: str, brand: Mapping[str, str], person: Person) -> Rendered:
    """Words of one's own for one person, as a text: with the practice's name and the STOP line, in the language that they read.
    Raises as `render`, and BadField."""
    text = text_of(words, brand["practice_name"], languages.known(person.language))
    content = {"brand": brand, "steps": [{"position": 1, "channel": Channel.SMS, "text": text}]}
    return render(content, 1, person, wording=SPANISH if languages.known(person.language) == "es" else "")


def as_written(text: str) -> Rendered:
    """A text that was rendered before, as it is to go out."""
    return _rendered(Channel.SMS, "", text, "", segments.count(text).count)


def step_at(content: Mapping[str, Any], position: int) -> Mapping[str, Any]:
    """The frozen step at a position; raises LookupError."""
    for step in content["steps"]:
        if step["position"] == position:
            return dict(step)
    raise LookupError(f"The content has no step {position}.")


def text_of(body: str, practice_name: str, language: str = "en") -> str:
    """A text's whole template: the practice named if the words do not, then the line no author can remove."""
    words, stop_line = body.strip(), said(STOP_LINE, language)
    named = [name for _, name in pieces(words)]
    names_it = practice_name.lower() in words.lower() or "practice_name" in named
    says_stop = words.rstrip(".! ").lower().endswith(stop_line.lower())
    prefix = "" if names_it or not practice_name else f"{_literal(practice_name)}: "
    return f"{prefix}{words}" if says_stop else f"{prefix}{words}\n{stop_line}"


def as_typed(
    step: Mapping[str, Any], letter: str, subject: str, body: str, practice_name: str
) -> dict[str, Any]:
    """The frozen step with words as they are typed in the place of the wording with this letter."""
    words: dict[str, Any] = {"subject": subject, "body": body}
    if step["channel"] == Channel.SMS:
        words["subject"] = ""
        with suppress(BadField):  # whoever reads them says so
            words["text"] = text_of(body, practice_name, language_of(letter))
    if letter == SECOND:
        return {**step, "other": {"words": words, "seed": ""}}
    if letter == SPANISH:
        footer = {"footer": lines_in(step["footer"], "es")} if "footer" in step else {}
        return {**step, "spanish": words | footer}
    return {**{name: value for name, value in step.items() if name != "text"}, **words}


def practice_values(brand: Mapping[str, str]) -> dict[str, str]:
    """The practice's own merge values from a frozen brand."""
    return {name: _clean(brand[name]) for name in ("practice_name", "practice_phone", "practice_website")}


def person_of(contact: Contact, points: Iterable[ContactPoint] = ()) -> Person:
    """A contact as the words see it; its guardian and location must have been selected with it."""
    guardian, location = contact.guardian, contact.location
    values = {
        "first_name": contact.first_name,
        "hello": hello(contact.first_name),
        "last_name": contact.last_name,
        "full_name": contact.name,
        "guardian_first_name": guardian.first_name if guardian else "",
        "location_name": location.name if location else "",
    }
    return Person(
        contact_id=contact.pk,
        values={name: _clean(value) for name, value in values.items()},
        points={point.address_id: point.value for point in points},
        language=contact.language,
    )


def values_for(person: Person, brand: Mapping[str, str]) -> dict[str, str]:
    """What words of one's own for one person may say, with the greeting in the language that they read."""
    greeting = hello(person.values.get("first_name", ""), languages.known(person.language))
    return {**practice_values(brand), **person.values, "hello": greeting}


def people_by_id(client: Client | int, contact_ids: Iterable[int]) -> dict[int, Person]:
    """These contacts of one client, with their working addresses: two queries, nobody else is decrypted."""
    client_id = client if isinstance(client, int) else client.pk
    ids = list(contact_ids)
    points: dict[int, list[ContactPoint]] = {}
    for point in ContactPoint.objects.filter(client=client_id, contact__in=ids, ended_at=None):
        points.setdefault(point.contact_id, []).append(point)
    contacts = (
        Contact.objects.filter(client=client_id, pk__in=ids)
        .select_related("guardian", "location")
        .only("first_name", "last_name", "language", "guardian__first_name", "location__name")
    )
    return {contact.pk: person_of(contact, points.get(contact.pk, ())) for contact in contacts}


def filled_parts(contact: Contact) -> list[str]:
    """The names of the parts that have a value: what `Contact.filled` must hold (campaigns.merge_fields)."""
    values = person_of(contact).values
    return [name for name in sorted(values) if values[name] and BY_NAME[name].parts == (name,)]


def _clean(value: str) -> str:
    """One line without control characters or marks that turn the reading direction."""
    if value.isascii() and value.isprintable():
        return " ".join(value.split())
    spaced = "".join(" " if unicodedata.category(each) == "Cc" else each for each in value.translate(_BIDI))
    return " ".join(spaced.split())


def _literal(text: str) -> str:
    """A practice's name inside a template: doubled braces would be read as a field, so they are parted."""
    return re.sub(r"([{}%])(?=[{}%])", "\\1 ", text)


def _fill(template: Template, values: Mapping[str, str]) -> str:
    """One pass: what a value holds is never read again."""
    made: list[str] = []
    for literal, name in template:
        made.append(literal)
        if name:
            if not values.get(name):
                raise MissingValue(name)
            made.append(values[name])
    return "".join(made)


@lru_cache(maxsize=512)
def _template(text: str) -> Template:
    return tuple(pieces(text))


@lru_cache(maxsize=128)
def _mail(
    subject: str, body: str, brand: str, footer: tuple[str, ...], language: str
) -> tuple[Template, Template, Template]:
    layout = lay_out(body, _literal(brand), tuple(map(_literal, footer)), language)
    return tuple(pieces(subject)), _with_link(layout.text), _with_link(layout.html)


def _with_link(text: str) -> Template:
    """Pieces of a laid-out mail: the frame's unsubscribe link is no merge field, so it is cut out first."""
    made: list[tuple[str, str]] = []
    *heads, tail = text.split(UNSUBSCRIBE)
    for head in heads:
        *whole, (rest, _) = pieces(head)
        made += [*whole, (rest, "unsubscribe_url")]
    return (*made, *pieces(tail))


def _rendered(channel: str, subject: str, text: str, html: str, count: int) -> Rendered:
    plain = json.dumps([channel, subject, text, html], ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
    return Rendered(channel, subject, text, html, count, digest)
