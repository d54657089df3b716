"""The signed approval on paper: one sealed PDF, kept, mailed to both sides and handed out again on request."""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Iterator

from campaigns import signed_before
from campaigns.models import Approval, ApprovalDocument
from campaigns.signed_facts import facts
from tenants import sealing_pdf
from tenants.models import AuditHead
from tenants.paper import Paper, when
from tenants.scope import acting_for
from tenants.sealing import head_of

log = logging.getLogger(__name__)
CODES = "codes"


class ChangedDocument(Exception):
    """What is kept is not what was sealed at the signature; the message is a sentence."""


def made_of(client_id: int, approval_id: int) -> bytes | None:
    """The document, made and kept when there is none yet; None when it could not be made, which changes nothing else."""
    try:
        with acting_for(client_id):
            approval = _approval(approval_id)
            return (kept(approval) or _keep(approval, *_build(approval))) if approval else None
    except Exception:
        log.warning("an approval could not be put on paper", exc_info=True)
        return None


def document(approval: Approval) -> bytes:
    """The kept document, or the same made for this reader only; writes nothing. Inside the client's scope."""
    found = kept(approval)
    return found if found is not None else _build(_approval(approval.pk) or approval)[0]


def kept(approval: Approval) -> bytes | None:
    """The document as it was made when it was signed. Raises ChangedDocument."""
    found: ApprovalDocument | None = ApprovalDocument.objects.filter(approval=approval.pk).first()
    return pdf_of(found) if found is not None else None


def pdf_of(row: ApprovalDocument) -> bytes:
    """The kept file; its sum is never changed, while a new encryption key writes the file anew. Raises ChangedDocument."""
    pdf = base64.b64decode(row.file)
    if hashlib.sha256(pdf).hexdigest() != row.sha256:
        log.error(
            "the document of an approval is not the one that was sealed", extra={"approval": row.approval_id}
        )
        raise ChangedDocument(
            f"The document of approval {row.approval_id} is not the one that was sealed at the signature."
        )
    return pdf


def name_of(approval: Approval) -> str:
    """A file name that tells nothing personal."""
    return f"approval-{approval.pk}.pdf"


def blocks_told(client_id: int) -> Iterator[tuple[int, str, str]]:
    """The blocks of the record that stand in a client's documents, for whoever checks the record."""
    rows = ApprovalDocument.objects.filter(client=client_id, block__gt=0).order_by("block")
    for number, value, approval_id in rows.values_list("block", "block_hash", "approval"):
        yield number, value, f"the document of approval {approval_id}"


def _approval(approval_id: int) -> Approval | None:
    rows = Approval.objects.select_related(
        "version", "count", "campaign", "client__agency", "signed_by", "request", "delegation__principal"
    )
    found: Approval | None = rows.filter(pk=approval_id).first()
    return found


def _keep(approval: Approval, pdf: bytes, head: AuditHead | None) -> bytes:
    ApprovalDocument.objects.create(
        client_id=approval.client_id,
        approval=approval,
        file=base64.b64encode(pdf).decode(),
        sha256=hashlib.sha256(pdf).hexdigest(),
        block=head.number if head else 0,
        block_hash=bytes(head.hash).hex() if head else "",
    )
    return pdf


def _build(approval: Approval) -> tuple[bytes, AuditHead | None]:
    head = head_of(approval.client_id)
    paper = Paper(
        f"Approval of “{approval.campaign.name}”",
        f"Approval {approval.pk} · fingerprint {approval.fingerprint[:16]}… · {when(approval.since)}",
    )
    paper.paragraph(
        f"{approval.typed_name}, {approval.title}, approved in writing for {approval.client.legal_name or approval.client.name} "
        f"that {approval.client.agency.name} sends exactly what stands on these pages, and nothing else."
    )
    paper.heading("The signature and what was signed")
    paper.facts(facts(approval))
    _reach(paper, approval)
    _since_last(paper, approval)
    _seals(paper, head)
    return sealing_pdf.sealed(paper.made(), f"Approval {approval.pk}"), head


def _reach(paper: Paper, approval: Approval) -> None:
    rows = []
    for position, count in sorted(approval.count.steps.items(), key=lambda each: int(each[0])):
        left_out = ", ".join(
            f"{code.replace('_', ' ')} {number:,}" for code, number in (count.get(CODES) or {}).items()
        )
        numbers = [f"{count.get(name, 0):,}" for name in ("total", "clear", "waiting", "held")]
        rows.append([position, *numbers, left_out])
    if rows:
        paper.heading("Whom it would have reached when approval was asked for")
        paper.table(
            ["Message", "People", "Clear", "Waiting", "Held", "Why not all"], rows, [1, 1, 1, 1, 1, 5]
        )
        paper.paragraph(
            "Every person is judged again at the moment of sending; these numbers can only shrink by that.",
            pale=True,
        )


def _since_last(paper: Paper, approval: Approval) -> None:
    last = signed_before.last_signed(approval.request, approval)
    if last is None:
        return
    paper.heading(f"What changed since version {last.version.number}, which was signed before")
    changed = signed_before.changes(last, approval.request)
    if not changed:
        paper.paragraph("Nothing: the same was signed again.")
    marks = {"same": "{}", "added": "[+{}+]", "removed": "[-{}-]"}
    paper.facts(
        (each.where, "".join(marks[kind].format(text) for kind, text in each.pieces)) for each in changed
    )


def _seals(paper: Paper, head: AuditHead | None) -> None:
    paper.heading("How to check this document")
    paper.paragraph(
        "The file is sealed: a PDF reader shows whether anything in it was changed. The certificate is this "
        "installation's own; its SHA-256 is below. The fingerprint is the SHA-256 of everything that was signed, "
        "and nothing is sent whose fingerprint is another."
    )
    rows = [("Certificate", sealing_pdf.certificate_sha256())]
    if head is not None:
        rows += [
            ("Record sealed up to", f"block {head.number}, {head.events} events, {when(head.at)}"),
            ("Seal of the record", bytes(head.hash).hex()),
            ("Public key", bytes(head.key).hex()),
        ]
    else:
        rows.append(("Record", "Nothing of this client's record was sealed yet."))
    paper.facts(rows)
