"""What the received headers of a seed mail prove: both unsubscribe headers are there, and a valid DKIM signature of the domain
covers them (RFC 8058, section 4; rule EMAIL-ONECLICK)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser
from typing import Any

from compliance.models import Answer, SeedMail
from tenants.clock import db_now

LONGEST = 200_000  # characters that are read of what was pasted
BOTH = {"list-unsubscribe", "list-unsubscribe-post"}


class NotThisMail(ValueError):
    """What was pasted is not the received seed mail, as a sentence."""


def read(seed: SeedMail, source: str) -> SeedMail:
    """Judge the pasted source and store the answer; a later answer of the same domain ends it. Inside the client's scope."""
    mail = HeaderParser().parsestr(source[:LONGEST].lstrip())
    if seed.code not in str(mail.get("Subject", "")):
        raise NotThisMail(
            f"This is not the source of that mail: its subject holds {seed.code}. In the mail program choose “show original” "
            "or “view source”, and paste everything."
        )
    findings = list(_findings(mail, seed.domain))
    worst = {each["answer"] for each in findings}
    answer = next((each for each in (Answer.FAIL, Answer.UNKNOWN) if each in worst), Answer.PASS)
    at = db_now()
    if answer != Answer.UNKNOWN:  # could not check: what was proven before stands
        before = SeedMail.objects.filter(client=seed.client_id, domain=seed.domain).exclude(answer="")
        before.exclude(pk=seed.pk).end(at)
    seed.answer, seed.findings, seed.since = answer, findings, at
    seed.seen = {
        "signatures": [{tag: each.get(tag, "") for tag in ("d", "s", "h")} for each in _signatures(mail)]
    }
    seed.save()
    return seed


def _findings(mail: Message, domain: str) -> Iterator[dict[str, Any]]:
    stop, post = _value(mail, "List-Unsubscribe"), _value(mail, "List-Unsubscribe-Post")
    if "<https://" in stop and post == "List-Unsubscribe=One-Click":
        yield _said(Answer.PASS, "Both headers of one-click unsubscribe arrived.")
    else:
        yield _said(
            Answer.FAIL,
            "The headers of one-click unsubscribe did not arrive as they were sent: something on the way rewrites them.",
        )
    aligned = [each for each in _signatures(mail) if _aligned(each.get("d", ""), domain)]
    if not aligned:
        yield _said(Answer.FAIL, f"No DKIM signature of {domain} is on the mail.")
        return
    covering = [each for each in aligned if {*each.get("h", "").lower().split(":")} >= BOTH]
    if not covering:
        yield _said(
            Answer.FAIL,
            "The DKIM signature does not cover List-Unsubscribe and List-Unsubscribe-Post, so mail programs do not trust "
            "the button. Have the mail server sign both.",
        )
        return
    verdict = _value(mail, "Authentication-Results").lower()
    passed = re.findall(r"\bdkim=pass\b([^;]*)", verdict)
    if any(_is_of(each, of, aligned) for each in passed for of in covering):
        yield _said(
            Answer.PASS, f"A signature of {covering[0]['d']} covers both, and the receiver found it valid."
        )
    elif "dkim=" in verdict:
        yield _said(Answer.FAIL, "The receiver did not find the signature that covers them valid.")
    else:
        yield _said(
            Answer.UNKNOWN,
            "A signature covers both, but the mailbox does not say whether it is valid. Use one that does, as Gmail or Outlook.",
        )


def _is_of(passed: str, signature: dict[str, str], all_of_them: list[dict[str, str]]) -> bool:
    """Whether a signature that passed is this one. Where the mailbox names no selector, all of its domain must cover the headers."""
    domain, selector = (
        re.search(r"\bheader\.(?:d|i)=\S*?@?([\w.\-]+)(?=\s|$)", passed),
        re.search(r"\bheader\.s=([\w.\-]+)", passed),
    )
    if domain is None or domain[1] != signature.get("d", "").lower():
        return False
    if selector is not None:
        return selector[1] == signature.get("s", "").lower()
    same = [each for each in all_of_them if each.get("d", "").lower() == domain[1]]
    return all({*each.get("h", "").lower().split(":")} >= BOTH for each in same)


def _signatures(mail: Message) -> list[dict[str, str]]:
    found = []
    for header in mail.get_all("DKIM-Signature", []):
        tags = (part.partition("=") for part in re.sub(r"\s+", "", str(header)).split(";"))
        found.append({name.lower(): value for name, _, value in tags if name})
    return found


def _aligned(signer: str, domain: str) -> bool:
    """The same domain or one above it. Stricter than relaxed alignment: a sister does not sign for it."""
    signer, domain = signer.lower().rstrip("."), domain.lower()
    return "." in signer and (signer == domain or domain.endswith("." + signer))


def _value(mail: Message, name: str) -> str:
    return " ".join(str(mail.get(name, "")).split())


def _said(answer: Answer, says: str) -> dict[str, Any]:
    return {"part": "one-click", "answer": str(answer), "says": says, "add": None}
