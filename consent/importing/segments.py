"""Recall labels that may be shown and stored: whatever tells a condition is replaced by a neutral one.

A label ends up in screens, filters and exports read by people who need not know it (rules HIPAA-MINNEC,
SENSITIVE-LINES). The original is not kept.
"""

from __future__ import annotations

import re
import unicodedata

from .cells import remembered

NEUTRAL = "Follow-up visit"
MAX_LENGTH = 60  # characters

_SENSITIVE = re.compile(
    r"""
    \b(?:
    # infections
    hiv\w*|aids|arv|std|stds|sti|stis|hepatitis|hep\ [abc]|herpes|syphilis|gonorrh\w*|chlamydia|hpv|
    tuberculosis|tb|covid\w*|
    # mind
    mental\w*|psych\w*|depress\w*|anxiety|anxious|bipolar|schizo\w*|adhd|add|ptsd|ocd|suicid\w*|self\ harm|
    counsel\w*|
    behaviou?ral\w*|eating\ disorder|anorex\w*|bulimi\w*|autis\w*|panic|grief|trauma|ketamine|tms|esketamine|
    # reproduction and sex
    reproduct\w*|pregnan\w*|prenatal|antenatal|perinatal|post\ ?partum|obstet\w*|ob|ob\ ?gyn|gyn|gyn[ae]\w*|
    abort\w*|miscarr\w*|
    termination|fertil\w*|infertil\w*|ivf|iui|contracep\w*|birth\ control|iud|nexplanon|depo|pap|pap\ smear|
    vasectom\w*|
    menopaus\w*|sexual\w*|erectile|ed|libido|well\ wom[ae]n\w*|hysterectom\w*|endometrio\w*|pcos|
    # substances
    substance\w*|addict\w*|sud|mat|detox\w*|rehab|methadone|suboxone|buprenorphine|naltrexone|vivitrol|
    opioid\w*|opiate\w*|
    alcohol\w*|drug|drugs|sober\w*|recovery|narcotic\w*|overdose|
    # gender
    gender\w*|trans|transgender\w*|transition\w*|hormone\w*|hrt|testosterone|estrogen|ffs|top\ surgery|
    bottom\ surgery|
    # cancer
    oncolog\w*|cancer\w*|chemo\w*|radiation|radiotherap\w*|tumou?r\w*|biops\w*|mammo\w*|carcinom\w*|
    melanom\w*|lymphom\w*|
    leuk[ae]+mi\w*|malignan\w*|mastectom\w*|metasta\w*|
    # other conditions and what gives them away
    diabet\w*|a1c|insulin|hypertens\w*|asthma\w*|copd|epilep\w*|seizure\w*|dialysis|hospice|palliative|
    dementia|alzheimer\w*|
    parkinson\w*|multiple\ sclerosis|lupus|arthritis|obes\w*|weight\ loss|bariatric\w*|semaglutide|ozempic|
    wegovy|glp\ ?1|
    incontinen\w*|cardiac|stroke|transplant\w*|genetic\w*|sickle\w*|disabilit\w*|domestic\ violence|abuse\w*|
    assault|rape|
    disease\w*|disorder\w*|syndrome\w*|diagnos\w*|dx|positive|infect\w*|medication\w*|chronic|
    pain\ management|
    # the same in Spanish
    vih|sida|embaraz\w*|psicolog\w*|psiquiatr\w*|adiccion\w*|diabet\w*|salud\ mental|ginecolog\w*|quimio\w*
    )\b""",
    re.VERBOSE,
)
_ICD = re.compile(r"\b[A-TV-Z][0-9][0-9AB](?:\.[0-9A-TV-Z]{1,4})?\b")
_PREP = re.compile(r"\bP(?:r|R)EP\b|\bPEP\b")


@remembered
def neutral_segment(label: str) -> tuple[str, bool]:
    """The label to store, and whether it was changed because it told something about health.

    Idempotent. Labels longer than 60 characters are free text, not labels, and are replaced too.
    """
    tidy = " ".join(
        "".join(
            character if unicodedata.category(character)[0] not in "CZ" else " "
            for character in unicodedata.normalize("NFC", label)
        ).split()
    )
    if not tidy:
        return "", False
    if len(tidy) > MAX_LENGTH or _tells(tidy):
        return NEUTRAL, tidy != NEUTRAL
    return tidy, False


def _tells(label: str) -> bool:
    plain = unicodedata.normalize("NFKD", label)
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    if _ICD.search(plain) or _PREP.search(plain):
        return True
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain)
    words = " ".join(re.sub(r"[^a-z0-9]+", " ", split.casefold()).split())
    # "H.I.V." and "H I V" are the word, spelt out.
    joined = re.sub(r"\b(?:[a-z] ){1,}[a-z]\b", lambda found: found[0].replace(" ", ""), words)
    whole = " ".join(re.sub(r"[^a-z0-9]+", " ", plain.casefold()).split())
    return any(_SENSITIVE.search(text) for text in (words, joined, whole))
