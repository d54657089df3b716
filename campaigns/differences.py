"""What changed between two frozen contents, word by word, for whoever signed the first of them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from campaigns import wording, wordings

Content = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """One thing that changed. `pieces`: (same | added | removed, text), in reading order."""

    where: str
    pieces: tuple[tuple[str, str], ...]


def differences(before: Content, after: Content) -> list[Difference]:
    """Everything that reads differently, in the order of the review; where nothing does though something is, what that is."""
    old, new = _readable(before), _readable(after)
    found = [
        Difference(where, _words(old.get(where, ""), new.get(where, "")))
        for where in dict.fromkeys([*new, *old])
        if old.get(where, "") != new.get(where, "")
    ]
    if found or before == after:
        return found
    flat = dict(_leaves(before)), dict(_leaves(after))
    named = [path for path in dict.fromkeys([*flat[1], *flat[0]]) if flat[0].get(path) != flat[1].get(path)]
    return [Difference("Something changed that reads the same", (("added", ", ".join(named)),))]


def _readable(content: Content) -> dict[str, str]:
    brand = content["brand"]
    made = {
        "Practice": ", ".join(
            filter(None, (brand["practice_name"], brand["practice_phone"], brand["practice_website"]))
        ),
        "Postal address": brand["postal_address"],
        "Purpose": wording.PURPOSES[content["purpose"]],
        "Who": wording.audience(content),
        "When": wording.schedule(content),
        "Measured": wording.measured(content),
        "Site": f"number {content['audience']['location']}" if content["audience"]["location"] else "",
        "The practice’s time zone": content["schedule"]["time_zone"],
        "Draw of those held out": content.get("measured", {}).get("seed", ""),
    }
    for step in content["steps"]:
        made[f"Message {step['position']}, sender’s record"] = _record_of(step["sender"])
        made[f"Message {step['position']}, draw of the wordings"] = (step.get("other") or {}).get("seed", "")
    for letter, step in (each for one in content["steps"] for each in wordings.every(one)):
        name = f"Message {step['position']}{wordings.named('' if letter == wordings.FIRST else letter)}"
        made |= {
            f"{name}, kind and day": f"{wording.channel(step)}, {wording.when(step).lower()}",
            f"{name}, sender": wording.sender(step),
            f"{name}, subject": step["subject"],
            f"{name}, words": step.get("text") or step["body"],
            f"{name}, footer": "\n".join(step.get("footer", [])),
        }
    return made


def _record_of(sender: Mapping[str, Any]) -> str:
    service = f", messaging service {sender['messaging_service']}" if sender.get("messaging_service") else ""
    return f"number {sender['id']}{service}"


def _leaves(content: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each value of a content with its place in it."""
    if isinstance(content, Mapping | list):
        inner = content.items() if isinstance(content, Mapping) else enumerate(content, start=1)
        for key, value in inner:
            yield from _leaves(value, f"{path} {key}".strip().replace("_", " "))
    else:
        yield path, content


def _words(before: str, after: str) -> tuple[tuple[str, str], ...]:
    old, new = re.split(r"(\s+)", before), re.split(r"(\s+)", after)
    made: list[tuple[str, str]] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if tag == "equal":
            made.append(("same", "".join(new[j1:j2])))
            continue
        made += [
            (kind, text)
            for kind, text in (("removed", "".join(old[i1:i2])), ("added", "".join(new[j1:j2])))
            if text
        ]
    return tuple(made)
