"""`python -m tests.catalogs`: the Spanish catalog brought in step with what the code marks for recipients, and compiled.

Both files are committed, because no machine that runs the product needs gettext's programs or this module. What is
marked and not translated yet is written down empty; tests/consent/test_spanish.py finds it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from config.env import ROOT

FOLDER = ROOT / "locale" / "es" / "LC_MESSAGES"
PO, MO = FOLDER / "django.po", FOLDER / "django.mo"
ROOMS = ("tenants", "consent", "campaigns", "compliance", "messaging")
UNSAID = (b"-Date: ", b"Generated-By", b"Report-Msgid", b"Last-Translator", b"Language-Team", b"Project-Id")
WORDS = {"gettext": None, "gettext_lazy": None, "gettext_noop": None, "_": None, "ngettext": (1, 2)}


def marked() -> Iterator[tuple[str, str]]:
    """Each sentence that is marked for translation, with the file it stands in."""
    from django.utils.translation.template import templatize

    sources = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    texts = [(path, path.read_text()) for path in sources]
    for path in (ROOT / "templates").rglob("*.*"):
        text = path.read_text()
        if "{% load i18n" in text:
            texts.append((path, templatize(text)))
    for path, text in sorted(texts):
        if "gettext" in text or path.suffix != ".py":
            for _, said, _, _ in extract("python", io.BytesIO(text.encode()), WORDS):
                yield (said if isinstance(said, str) else said[0]), str(path.relative_to(ROOT))


def catalog() -> Catalog:
    """What is committed."""
    if not PO.exists():
        return Catalog(locale="es")
    with PO.open("rb") as file:
        return read_po(file, locale="es")


def in_step() -> Catalog:
    """As it should be: every marked sentence and no other, with the translations there are."""
    former = catalog()
    made = Catalog(
        locale="es", fuzzy=False, project="Clear to Send", version="", copyright_holder="", last_translator="", language_team="",
        msgid_bugs_address="", header_comment="# What recipients read, in Spanish. `python -m tests.catalogs` keeps it in step.",
    )  # fmt: skip
    places: dict[str, list[str]] = {}
    for said, place in marked():
        places.setdefault(said, []).append(place)
    for said in sorted(places):
        known = former.get(said)
        made.add(
            said,
            str(known.string) if known else "",
            locations=[(place, 0) for place in sorted(set(places[said]))],
            flags=[each for each in (known.flags if known else ()) if each != "fuzzy"],
        )
    return made


def written() -> bytes:
    """The .po file, without dates, so that the same sentences make the same file."""
    out = io.BytesIO()
    write_po(out, in_step(), omit_header=False, include_lineno=False, sort_output=True, width=120)
    return b"".join(
        line for line in out.getvalue().splitlines(keepends=True) if not any(word in line for word in UNSAID)
    )


def compiled() -> bytes:
    """The .mo file of what is committed."""
    out = io.BytesIO()
    made = catalog()
    made.creation_date = made.revision_date = datetime(2026, 1, 1, tzinfo=UTC)  # the same each time
    write_mo(out, made)
    return out.getvalue()


if __name__ == "__main__":
    django.setup()
    FOLDER.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(written())
    MO.write_bytes(compiled())
    print(
        f"{len(catalog())} sentences, {sum(not each.string for each in catalog() if each.id)} without Spanish"
    )  # noqa: T201
