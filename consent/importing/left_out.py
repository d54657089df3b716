"""Why a column of a client's file is not stored: the reason shown beside its struck-out name."""

from __future__ import annotations

import re

UNLISTED = "Not on the list of what we take, so not stored."
REPEATED = "Another column is taken for this already."
RULED_OUT: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (
            r"^(id|uuid|guid|pk|key|client id|client|clientid|tenant id|tenantid|tenant|organization id|"
            r"organisation id|org id|"
            r"agency id|user id|userid|owner id|created by|updated by|approved by|approvedby|approver|"
            r"is staff|isstaff|is admin|"
            r"is superuser|is active|role|roles|permissions?|password|state id|fence|consent at|"
            r"consent date|consented at|"
            r"created at|updated at|deleted at|import id|suppressed at|verified|approved|approval|ready|"
            r"address id)$",
            "Belongs to the inner workings of another system. If it is the person's own number, "
            "choose Patient number.",
        ),
        (
            r"\b(ssn|social security|social|sin|driver s? ?licen[sc]e|drivers? licen[sc]e|licen[sc]e number|"
            r"passport|tax id|itin|"
            r"medicare|medicaid|mbi|hicn)\b",
            "Government number: never needed to send, so never stored.",
        ),
        (
            r"\b(insurance|insurer|ins|carrier|payer|payor|policy|subscriber (id|name|number|dob)|group (no|"
            r"number|id|num)|"
            r"member (id|number|no)|plan|copay|coverage|benefit|benefits|deductible)\b",
            "Insurance: not needed to send, so not stored.",
        ),
        (
            r"\b(diagnos\w*|dx|icd|icd10|icd9|icd 10|condition|conditions|problem|problems|symptoms?|"
            r"treatments?|procedures?|cpt|cdt|"
            r"medications?|meds?|drugs?|rx|prescriptions?|allerg\w*|allergies|lab|labs|results?|history|"
            r"clinical|chief complaint|"
            r"reason for visit|visit reason|pregnan\w*|blood|weight|bmi|smok\w*|medical|vitals?|"
            r"immuni[sz]ations?|vaccin\w*|"
            r"implants?|surger\w*|hiv|a1c|disease\w*|disorder|disability|therapy)\b",
            "Health detail: not needed to send, so not stored (minimum necessary).",
        ),
        (
            r"\b(notes?|comments?|memo|remarks?|alerts?|description|free text|notas|messages? body)\b",
            "Free text can hold anything, so it is not stored.",
        ),
        (
            r"\b(address|addr|street|city|town|county|country|apt|suite|unit|latitude|longitude|direccion|"
            r"ciudad)\b",
            "Postal address: only state and ZIP are taken, for the hours.",
        ),
        (
            r"\b(gender|sex|race|ethnicity|marital|religion|pronouns?|sexual|orientation|nationality|"
            r"citizen\w*|veteran|age)\b",
            "Personal trait: not needed to send, so not stored.",
        ),
        (
            r"\b(balance|payment|payments|credit|card|invoice|amount|billing|bank|revenue|spend|spent|price|"
            r"fee|owed|debt|"
            r"collections?|income|ltv|production)\b",
            "Money: not needed to send, so not stored.",
        ),
        (
            r"\b(parents?|guardian|guarantor|resp|responsible party|mother|father)\b",
            "A child's guardian is taken by patient number only; give the guardian a line of their own.",
        ),
        (
            r"\b(provider|doctor|dr|dentist|hygienist|physician|therapist|dentista|technician|referr\w*|pcp|"
            r"emergency|next of kin|"
            r"spouse|employer|occupation|school)\b",
            "About somebody else, or not needed to send, so not stored.",
        ),
        (
            r"\b(next|upcoming|future|scheduled)\b.*\b(visit|appt|appointment|recall|date)\b",
            "Future appointments change daily; who is lapsed is told by the last visit.",
        ),
    )
)


def reason_left_out(folded: str) -> str:
    """Why a column with this folded name (see `columns.fold`) is not stored."""
    for pattern, reason in RULED_OUT:
        if pattern.search(folded):
            return reason
    return UNLISTED
