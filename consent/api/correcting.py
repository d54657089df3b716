"""Corrections of a contact, read by the importer's own readers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from consent.importing.cells import read_name
from consent.importing.dates import DateRefused, past_date
from consent.importing.guardians import name_to_wards
from consent.importing.segments import neutral_segment
from consent.importing.whereabouts import read_language, read_state
from consent.models import Contact
from consent.places import unite, window_key
from tenants.api.problems import Problem
from tenants.clock import db_now
from tenants.hashing import word_hashes, words_of

_READERS: dict[str, Callable[[str], tuple[str, str]]] = {
    "first_name": read_name,
    "last_name": read_name,
    "state": read_state,
    "language": read_language,
    "segment": lambda cell: (neutral_segment(cell)[0], ""),
}


def correct(contact: Contact, given: dict[str, Any]) -> list[str]:
    """Write what differs and return the names of the fields; raises `Problem` for what cannot be read.

    A new state adds its places to the quiet hours and takes none away; nobody who died comes back to life here.
    """
    was = {name: getattr(contact, name) for name in given}
    wrong = []
    for name, value in given.items():
        try:
            setattr(contact, name, _read(name, value))
        except ValueError as refused:
            wrong.append((name, str(refused)))
    if wrong:
        raise Problem(422, "Something in the correction is not right", errors=wrong)
    if was.get("deceased") and not contact.deceased:
        raise Problem(
            422, "This person is marked as deceased", "A member takes that back on the contact's page."
        )
    changed = sorted(name for name in given if getattr(contact, name) != was[name])
    if not changed:
        return []
    contact.changed_at = db_now()
    contact.name_words = sorted(set(word_hashes(contact.client_id, words_of(contact.name))))
    if contact.state:
        contact.window_key = unite(contact.window_key, window_key(None, contact.state, ""))
    for name in {"first_name", "last_name"} & set(given):
        contact.filled = sorted(
            {*contact.filled, name} if getattr(contact, name) else {*contact.filled} - {name}
        )
    contact.save(update_fields=[*changed, "changed_at", "name_words", "window_key", "filled"])
    if "first_name" in changed:
        name_to_wards(contact.client_id, [contact.pk])
    return changed


def _read(name: str, value: Any) -> Any:
    if name == "deceased":
        return bool(value)
    if name == "last_visit":
        try:
            return past_date(value.isoformat(), db_now().date()) if value else None
        except DateRefused as refused:
            raise ValueError(f"This is {refused.why}.") from None
    read, remark = _READERS[name](value)
    if remark:
        raise ValueError(remark)
    return read
