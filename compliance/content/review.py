"""Reading the words against the rulebook. Pure: the same content gives the same findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from re import Pattern
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.models import Campaign
from campaigns.wordings import second_of, spanish_of
from compliance.content import lexicon, licenses, mails, purposes, registered, spanish, texts
from compliance.content.endings import ends_in, last_day
from compliance.content.finding import Finding
from compliance.models import ContentReview
from compliance.other_names import wants_a_look
from compliance.statements import record_findings
from tenants.clock import db_now
from tenants.models import Channel, Client


def review(
    content: Mapping[str, Any],
    *,
    covered: bool = True,
    private: Iterable[str] = (),
    today: date | None = None,
) -> list[Finding]:
    """The findings over `campaigns.fingerprint.signed_content`, blocking ones first.

    `covered`: HIPAA covers the client; `private`: the words it keeps out of messages; `today`: at the practice.
    """
    found = _of_one(content, covered, lexicon.listed(private), today)
    if second := [other for step in content["steps"] if (other := second_of(step))]:
        others = _of_one({**content, "steps": second}, covered, lexicon.listed(private), today)
        found += [each.of("Wording B") for each in others if each not in found]
    if in_spanish := [other for step in content["steps"] if (other := spanish_of(step))]:
        others = _of_one({**content, "steps": in_spanish}, covered, lexicon.listed(private), today)
        others += [each for step in in_spanish for each in spanish.review(step, content, covered=covered)]
        # The years of school are counted as English spells.
        found += [
            each.of("In Spanish") for each in others if each not in found and each.rule != "READING-LEVEL"
        ]
    return sorted(dict.fromkeys(found), key=_order)


def _order(each: Finding) -> tuple[bool, int]:
    return not each.blocks, each.step


def _of_one(
    content: Mapping[str, Any], covered: bool, private: Pattern[str] | None, today: date | None
) -> list[Finding]:
    found = list(_all(content, covered, private))
    if today is not None:
        found += [each for step in content["steps"] for each in _ends(step, content, today)]
    return found


def review_for(client: Client, content: Mapping[str, Any]) -> list[Finding]:
    """The same by the client's own answers and words, on its own day, and what its numbers' registrations say."""
    today = db_now().astimezone(ZoneInfo(client.time_zone)).date()
    found = review(content, covered=client.needs_agreement, private=client.private_words, today=today)
    if client.sensitive_line and not any(each.rule == "SENSITIVE-LINES" for each in found):
        says = (
            "The practice offers a sensitive line of care: that somebody is its patient tells much, whoever else sees the message. "
            "Somebody must say by name why it may go out."
        )
        found.append(Finding("SENSITIVE-LINES", 0, False, says))
    if wants_a_look(client, db_now()):
        says = (
            f"People said yes to another name than {client.name}, and a yes belongs to the name that was shown. "
            "Say why it holds for this name too, or ask them anew: after a sale or a merger ask counsel. The cleaning report counts them."
        )
        found.append(Finding("CONSENT-TRANSFER", 0, False, says))
    found += [*purposes.lowered(content), *spanish.missing(client, content)]
    found += registered.review(content, registered.said_of(client))
    return sorted(dict.fromkeys(found), key=_order)


def blocks(findings: list[Finding]) -> bool:
    """Whether anything found keeps the campaign from being laid before the client."""
    return any(finding.blocks for finding in findings)


def store(campaign: Campaign, fingerprint: str, content: Mapping[str, Any]) -> ContentReview:
    """The review of exactly these words, made again: the rules may have become stricter. Inside the client's scope."""
    findings = review_for(campaign.client, content)
    passed, kept = not blocks(findings), [finding.as_json() for finding in findings]
    made: ContentReview
    made, new = ContentReview.objects.get_or_create(
        client_id=campaign.client_id,
        campaign=campaign,
        fingerprint=fingerprint,
        defaults={"passed": passed, "findings": kept},
    )
    if not new and (made.passed, made.findings) != (passed, kept):
        made.passed, made.findings, made.reviewed_at = passed, kept, db_now()
        made.save(update_fields=["passed", "findings", "reviewed_at"])
    record_findings(campaign, made)
    return made


def _all(content: Mapping[str, Any], covered: bool, private: Pattern[str] | None) -> Iterator[Finding]:
    if not content["steps"]:
        yield Finding("CAMPAIGN-EMPTY", 0, True, "The campaign has no message yet. Add a step.")
    for step in content["steps"]:
        if not step["body"].strip():
            yield Finding("CAMPAIGN-EMPTY", step["position"], True, "There are no words yet.")
            continue
        yield from (texts if step["channel"] == Channel.SMS else mails).review(
            step, content, covered=covered, private=private
        )
        yield from purposes.review(step, content)
        yield from licenses.review(step, content)
    yield from _sensitive(content)


def _ends(step: Mapping[str, Any], content: Mapping[str, Any], today: date) -> Iterator[Finding]:
    """An end that the words name and that some would read of when it is over (rules OFFER-ENDS, WA-CEMA-SUBJECT)."""
    schedule, audience = content["schedule"], content.get("audience", {})
    goes_on = bool(audience.get("joins") or audience.get("newcomers"))
    last = last_day(schedule["starts_on"], step["delay_days"], schedule["days_valid"], today)
    for written, day in ends_in(f"{step['subject']}\n{step['body']}", today):
        if goes_on:
            says = f"“{written}”: this campaign goes on for whoever joins later, so some would read it afterwards. Leave the day out."
            yield Finding("OFFER-ENDS", step["position"], True, says, written)
        elif day < last:
            says = (
                f"“{written}”: this message may still go out on {last:%B} {last.day}, {last.year}, after that. "
                "Name a later day, begin sooner, or let messages run out sooner."
            )
            yield Finding("OFFER-ENDS", step["position"], True, says, written)


def _sensitive(content: Mapping[str, Any]) -> Iterator[Finding]:
    """A line of care, or a list, of which the message alone tells much (rule SENSITIVE-LINES). The practice's own name counts."""
    shown = [content["brand"]["practice_name"], *content.get("audience", {}).get("segments", ())]
    shown += [f"{step['subject']}\n{step['body']}" for step in content["steps"]]
    for word in lexicon.hits(lexicon.SENSITIVE, "\n".join(shown)):
        says = (
            f"“{word}”: that somebody is a patient of this line of care is sensitive by itself, whoever else sees the message. "
            "Somebody must say by name why it may go out."
        )
        yield Finding("SENSITIVE-LINES", 0, False, says, word)
