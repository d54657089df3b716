"""Words that decide: offers, health, forbidden trades, false urgency. Lists of stems, read as whole words.

Matched on folded text (see `folded`), so full-width letters and hidden characters do not slip through.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

# Invisible characters used to break words apart.
_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")


def folded(text: str) -> str:
    """The text as the lists are written: NFKC, lower case, nothing hidden."""
    return _HIDDEN.sub("", unicodedata.normalize("NFKC", text)).casefold()


def words(listed: str) -> re.Pattern[str]:
    """A pattern for phrases separated by `/`; a trailing * stands for any ending."""
    each = "|".join(
        re.escape(phrase.strip().removesuffix("*")).replace(r"\ ", r"[\s-]+")
        + (r"\w*" if phrase.strip().endswith("*") else "")
        for phrase in listed.split("/")
    )
    return re.compile(rf"(?<!\w)(?:{each})(?!\w)")


# Rule TCPA-CLASSIFY: any of these makes a message marketing. “Off” but where it is a day off, or where to turn off or drop off.
OFFER = re.compile(
    r"[%$]|(?<!\w)(?<!day )(?<!days )(?<!time )(?<!drop )(?<!drop-)(?<!turn )(?<!take )(?<!just )(?<!left )(?<!are )"
    r"(?<!be )(?<!sign )(?<!log )off"
    r"(?!\w|-)(?! (?:of|the|main|route|exit|highway)\b)|\d ?off(?![\w-])|"
    + words(
        "free/special/specials/offer*/deal/deals/discount*/gift*/save/savings/limited/promo*/coupon*/financing/price*/pricing/"
        "refer a friend/bonus/sale/half price/complimentary/voucher*/raffle/giveaway/percent/dollars/bucks/bogo/buy one/2 for 1/"
        "rebate*/cash back/cashback/no cost/no charge/at no cost/on the house/clearance/reward*/prize*/gratis/descuento*/oferta*/regalo*"
    ).pattern
)

# Rule TCPA-CLASSIFY: what is sold besides the visit that is due. A reason by name is asked, because a practice may only check it.
BEYOND_RECALL = words(
    "whiten*/bleaching/botox/filler*/facial/facials/peel/peels/laser*/invisalign/aligner*/veneer*/dental implant*/implants/cosmetic*/"
    "makeover*/lasik/contact lens*/frames/eyewear/sunglasses/designer/hearing aid*/weight loss/supplement*/vitamin*/iv therapy/"
    "new service*/new treatment*/introducing/try our/try out/upgrade*/add on/add-on/package/packages/"
    "membership*/subscription*/products/shop/book a consult*/consultation*/treat yourself/pamper*/event/webinar/open house/referral*/"
    "blanqueamiento/botox/implantes/consulta estetica/consulta estética/membresía*/nuevo servicio/nuevos servicios"
)

# Rules HIPAA-CONTENT, EMAIL-PHI-SUBJECT: conditions and treatments. Neutral recall words (visit, check-up, cleaning,
# exam) are not here on purpose.
HEALTH = words(
    "diagnos*/cancer/tumor/oncolog*/chemo*/hiv/aids/std/sti/herpes/hepatitis/diabet*/insulin/depress*/anxiety/adhd/bipolar/schizo*/"
    "autis*/dementia/alzheimer*/suicid*/addict*/rehab/detox/opioid*/methadone/suboxone/alcoholism/pregnan*/ivf/fertility/miscarriage/"
    "abortion/contracept*/birth control/menopaus*/erectile/impotence/testosterone/hormone therapy/gender affirming/transgender/"
    "weight loss/obes*/bariatric/semaglutide/ozempic/wegovy/botox/filler*/acne/psoriasis/eczema/biopsy/surgery/surgical/"
    "root canal/periodont*/gum disease/cavity/cavities/tooth decay/denture*/dental implant*/extraction*/crown prep/"
    "glaucoma/cataract*/macular/lasik/hearing loss/prescription*/medication*/dosage/refill*/lab result*/test result*/blood test/"
    "treatment plan/your treatment/your condition/your symptoms/your therapy/psychotherap*/counseling session/"
    "hypertension/blood pressure/cholesterol/asthma/copd/stroke/arthritis/back pain/chronic pain/injur*"
)

# The least sensitive way to say the same.
_NEUTRAL = (
    (
        words(
            "prescription*/medication*/dosage/refill*/insulin/methadone/suboxone/semaglutide/ozempic/wegovy"
        ),
        "a question for you: please call us",
    ),
    (words("lab result*/test result*/blood test/biopsy/diagnos*"), "something for you: please call us"),
    (
        words(
            "root canal/periodont*/gum disease/cavity/cavities/tooth decay/denture*/dental implant*/extraction*/crown prep"
        ),
        "your dental visit",
    ),
    (words("glaucoma/cataract*/macular/lasik"), "your eye visit"),
    (words("botox/filler*/weight loss/hormone therapy/acne/psoriasis/eczema"), "your visit with us"),
)


def neutral_for(word: str) -> str:
    """What to write instead of a word that tells of somebody's health."""
    return next((instead for pattern, instead in _NEUTRAL if pattern.fullmatch(folded(word))), "your visit")


def listed(given: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern for words of a client's own, each with any ending; None for none."""
    stems = [folded(word).strip().removesuffix("*") for word in given]
    return words("/".join(f"{stem}*" for stem in stems if stem)) if any(stems) else None


# Rule EMAIL-PHI-SUBJECT besides: a speciality in the subject line says what somebody is treated for.
SPECIALTY = words(
    "dermatolog*/oncolog*/psychiat*/psycholog*/urolog*/gynecolog*/obgyn/ob gyn/endocrin*/cardiolog*/neurolog*/gastroenterolog*/"
    "rheumatolog*/nephrolog*/pulmonolog*/fertility clinic/std clinic/pain clinic/podiatr*/orthodont*/endodont*"
)

# Rule SENSITIVE-LINES: care of which to be written to at all tells more than most people want told.
SENSITIVE = words(
    "psychiat*/psycholog*/psychotherap*/mental health/behavioral health/behavioural health/counseling/counselling/"
    "fertility/ivf/reproductive/obgyn/ob gyn/gynecolog*/abortion/pregnan*/prenatal/maternity/birth control/contracept*/"
    "hiv/prep clinic/std/sti/sexual health/gender care/gender affirming/transgender/trans care"
)

# Rule SMS-SHAFT: trades that carriers forbid whatever the wording.
FORBIDDEN = words(
    "cannabis/marijuana/weed/cbd/thc/kratom/vape*/vaping/e cigarette*/e-cig*/hookah*/shisha/tobacco/cigar*/nicotine/"
    "whiskey/whisky/vodka/tequila/liquor/beer/beers/wine/wines/champagne/mimosa*/cocktail*/open bar/bar tab/happy hour/"
    "casino*/betting/sportsbook/gambling/poker/blackjack/slot machine*/lottery/lotto/jackpot/"
    "payday loan*/crypto*/bitcoin/forex/firearm*/handgun*/rifle*/gun sale/ammo/ammunition/"
    "escort*/porn*/xxx/sex/sexy/nude/nudes/erotic*/strip club*/onlyfans/"
    "nazi*/white power/white supremac*/kill all/death to/debt relief/loan approval/lead generation"
)
# Rule SMS-RX: prescription drugs by name or trade.
DRUGS = words(
    "semaglutide/tirzepatide/ozempic/wegovy/mounjaro/viagra/cialis/sildenafil/phentermine/adderall/xanax/oxycod*/hydrocod*"
)

# Rule WA-CEMA-SUBJECT: claims about time that are false unless an end date stands behind them.
ENDING = words(
    "today/tonight/tomorrow/ends/ending/expires/expire/expiring/last chance/last call/last day/last days/last hours/last minute/last week/"
    "last spots/last few/final hours/final hour/final day*/final chance/final call/hours left/hour left/days left/day left/minutes left/"
    "hours only/hurry/deadline/while supplies last/almost gone/almost over/running out/runs out/closing soon/closes/this week only/"
    "this weekend only/only until/offer over/hoy/termina*/vence*/ultima oportunidad/última oportunidad"
)
# Rule CANSPAM-SUBJECT: pressure and pretence.
PRESSURE = words(
    "urgent/final notice/act now/immediate action/important notice/account suspended/overdue/your appointment/you won/winner"
)


def hits(pattern: re.Pattern[str], text: str, *, spare: str = "") -> Iterator[str]:
    """The words of a list found in a text, each once; the whole of `spare` (the practice's own name) is let pass."""
    yield from dict.fromkeys(
        match.group(0).strip() for match in pattern.finditer(_without(folded(spare), folded(text)))
    )


def _without(name: str, text: str) -> str:
    """The text with a mark in place of the whole name: a part of it, or of a longer word, is no name."""
    if not (parts := name.split()):
        return text
    spelled = r"\s+".join(map(re.escape, parts))
    return re.sub(rf"(?<!\w){spelled}(?!\w)", " | ", text)
