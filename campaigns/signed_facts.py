"""Everything a signature holds, as label and text: for the copies and the record (APPROVAL-RECORD)."""

from __future__ import annotations

from campaigns import wording, wordings
from campaigns.additions import added
from campaigns.models import Approval
from campaigns.models.signing import Signed

WHO_READS = dict.fromkeys(wordings.NAMES, ", to half of the households, drawn by lot") | {
    wordings.SPANISH: ", to whoever reads Spanish"
}
SECOND_FACTORS = {"totp": "a code of their authenticator app"}


def facts(approval: Approval) -> list[tuple[str, str]]:
    """Label and text, in reading order. Holds no patient's data: the words stand with their merge fields."""
    content, version = approval.version.content, approval.version
    made = [
        ("Practice", content["brand"]["practice_name"]),
        ("Campaign", f"{approval.campaign.name}, version {version.number}"),
        ("Signed by", f"{approval.typed_name}, {approval.title} ({approval.signed_by.email})"),
        ("Signed at", f"{approval.since:%Y-%m-%d %H:%M:%S} UTC"),
        *_in_whose_place(approval),
        ("Proven by", SECOND_FACTORS.get(approval.second_factor, approval.second_factor)),
        ("From", f"{approval.ip or 'an unknown address'}, {approval.browser or 'an unnamed browser'}"),
        *_earlier(approval),
        *_rests_on(approval),
        ("Statement", f"{approval.statement} (version {approval.statement_version})"),
        ("Holds until", f"{approval.expires_at:%Y-%m-%d %H:%M} UTC, or until it is withdrawn"),
        ("Fingerprint", f"{approval.fingerprint} (SHA-256 of everything signed)"),
        ("Purpose", wording.PURPOSES[content["purpose"]]),
        ("To", _to(approval)),
        ("When", wording.schedule(content)),
        ("Who pays", wording.who_pays(content, approval.request.paid_by_others)),
        ("Measured", wording.measured(content)),
    ]
    for each in approval.request.answered:
        where = f"Message {each['step']}: " if each["step"] else ""
        made.append(
            ("Pointed out", f"{where}{each['says']} Sent all the same, says {each['by']}: {each['reason']}")
        )
    for letter, step in (each for one in content["steps"] for each in wordings.every(one)):
        words = step.get("text") or f"{step['subject']}\n\n{step['body']}\n\n" + "\n".join(
            step.get("footer", [])
        )
        head = f"{wording.channel(step)}, {wording.when(step).lower()}, from {wording.sender(step)}"
        to = WHO_READS.get(letter, "")
        made.append((f"Message {step['position']}{wordings.named(letter)}", f"{head}{to}:\n{words}"))
    return made


def _to(approval: Approval) -> str:
    said = wording.audience(approval.version.content)
    if wording.greets(approval.version.content):
        return said
    return f"{said} {approval.count.people:,} people when it was asked."


def _in_whose_place(signed: Signed) -> list[tuple[str, str]]:
    if signed.delegation is None:
        return []
    days = f"{signed.delegation.from_day} to {signed.delegation.until_day}"
    return [("Signed for", f"{signed.delegation.principal.name}, who named the signer for {days}")]


def _rests_on(approval: Approval) -> list[tuple[str, str]]:
    """Where only an addition was signed: the approval that the rest stands on."""
    base = approval.adds_to
    if base is None:
        return []
    new = ", ".join(str(each) for each in added(approval.request, base))
    return [
        (
            "Signed now",
            f"only message {new}; the rest rests on approval {base.pk} of version {base.version.number}, signed by "
            f"{base.typed_name}, {base.title}, {base.since:%Y-%m-%d %H:%M:%S} UTC",
        )
    ]


def _earlier(approval: Approval) -> list[tuple[str, str]]:
    """The other signatures this approval needed; none where any one is enough."""
    made: list[tuple[str, str]] = []
    for each in sorted(approval.request.cosignatures.all(), key=lambda row: row.pk):
        proof = SECOND_FACTORS.get(each.second_factor, each.second_factor)
        made += [
            (
                "Signed before by",
                f"{each.typed_name}, {each.title} ({each.signed_by.email}), {each.since:%Y-%m-%d %H:%M:%S} UTC, proven by {proof}, "
                f"from {each.ip or 'an unknown address'}, {each.browser or 'an unnamed browser'}, the same statement and fingerprint",
            ),
            *_in_whose_place(each),
        ]
    return made
