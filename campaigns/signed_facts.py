"""Everything a signature holds, as label and text: for the copies and the record (APPROVAL-RECORD)."""

from __future__ import annotations

from campaigns import wording
from campaigns.models import Approval

SECOND_FACTORS = {"totp": "a code of their authenticator app"}


def facts(approval: Approval) -> list[tuple[str, str]]:
    """Label and text, in reading order. Holds no patient's data: the words stand with their merge fields."""
    content, version = approval.version.content, approval.version
    made = [
        ("Practice", content["brand"]["practice_name"]),
        ("Campaign", f"{approval.campaign.name}, version {version.number}"),
        ("Signed by", f"{approval.typed_name}, {approval.title} ({approval.signed_by.email})"),
        ("Signed at", f"{approval.since:%Y-%m-%d %H:%M:%S} UTC"),
        ("Proven by", SECOND_FACTORS.get(approval.second_factor, approval.second_factor)),
        ("From", f"{approval.ip or 'an unknown address'}, {approval.browser or 'an unnamed browser'}"),
        ("Statement", f"{approval.statement} (version {approval.statement_version})"),
        ("Holds until", f"{approval.expires_at:%Y-%m-%d %H:%M} UTC, or until it is withdrawn"),
        ("Fingerprint", f"{approval.fingerprint} (SHA-256 of everything signed)"),
        ("Purpose", wording.PURPOSES[content["purpose"]]),
        ("To", f"{wording.audience(content)} {approval.count.people:,} people when it was asked."),
        ("When", wording.schedule(content)),
        ("Cost", wording.payer(content)),
        ("Measured", wording.measured(content)),
    ]
    for step in content["steps"]:
        words = step.get("text") or f"{step['subject']}\n\n{step['body']}\n\n" + "\n".join(
            step.get("footer", [])
        )
        head = f"{wording.channel(step)}, {wording.when(step).lower()}, from {wording.sender(step)}"
        made.append((f"Message {step['position']}", f"{head}:\n{words}"))
    return made
