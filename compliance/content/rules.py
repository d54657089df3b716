"""The rules that the review of the words applies, for the rulebook and beside each finding."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """`blocks`: yes, no, or where it depends, in words."""

    id: str
    says: str
    cites: str
    blocks: str


RULES = (
    Rule("CAMPAIGN-EMPTY", "Every message has words.", "", "Blocks"),
    Rule(
        "MERGE-FIELDS",
        "Only the listed merge fields are used, written as shown.",
        "45 CFR 164.502(b)",
        "Blocks",
    ),
    Rule(
        "TCPA-CLASSIFY",
        "A message with an offer, a price or a discount is marketing, whatever the campaign says. Somebody says by name why a "
        "campaign is called less than marketing, and why words about more than the visit that is due may stand.",
        "47 CFR 64.1200(f)(13)",
        "Blocks offers, warns of the rest",
    ),
    Rule(
        "SMS-FIRST-MSG",
        "Every text says how to stop; the first one of a standing welcome also how many come, what they cost and how to get help.",
        "CTIA Messaging Principles (2023)",
        "Blocks",
    ),
    Rule(
        "TCPA-SENDER-ID",
        "Every text names the practice as patients know it.",
        "47 CFR 64.1200(d)(4)",
        "Blocks",
    ),
    Rule(
        "TCPA-NOREPLY-CHANNEL",
        "A text never says that it takes no replies.",
        "47 CFR 64.1200(a)(11)",
        "Blocks",
    ),
    Rule(
        "TEMPLATE-KEYWORD-COLLISION",
        "No text asks for a reply with a word that the provider acts on (YES, START, STOP, CANCEL, HELP) but for what it does; "
        "each of several is judged by its own words.",
        "Twilio's default keywords; 47 CFR 64.1200(a)(10)",
        "Blocks",
    ),
    Rule(
        "SMS-SEGMENTS",
        "A text has at most six segments; more than two are pointed out.",
        "Carriers' limits",
        "Blocks above six",
    ),
    Rule(
        "SMS-NO-SHORTENER",
        "Links lead to named websites over https, never through public shorteners or bare addresses.",
        "CTIA Messaging Principles; carriers' filters",
        "Blocks",
    ),
    Rule(
        "A2P-CONTENT-MATCH",
        "Links lead to the practice's own website; links and telephone numbers are declared; a text is like a registered sample.",
        "A2P 10DLC registration",
        "Warns",
    ),
    Rule(
        "A2P-FIELDS",
        "The number's registration describes itself as carriers ask.",
        "A2P 10DLC (error 30930)",
        "Warns",
    ),
    Rule(
        "SMS-OPTOUT-TEXT",
        "The provider's answers to STOP, START and HELP name the practice and say what they must.",
        "CTIA Messaging Principles (2023)",
        "Warns",
    ),
    Rule("A2P-PRIVACY-POLICY", "The registration names a privacy policy and terms.", "A2P 10DLC", "Warns"),
    Rule(
        "SMS-SHAFT",
        "No texts about sex, hate, alcohol, firearms, tobacco, cannabis, gambling, loans or crypto, "
        "and none that sells a prescription drug.",
        "CTIA; Twilio's forbidden list",
        "Blocks",
    ),
    Rule("SMS-RX", "Names of prescription drugs get texts blocked.", "Twilio's forbidden list", "Warns"),
    Rule(
        "HIPAA-CONTENT",
        "No words that tell others about a person's condition or treatment.",
        "45 CFR 164.502(b), 164.530(c)",
        "Blocks in texts of covered clients, warns elsewhere",
    ),
    Rule(
        "EMAIL-PHI-SUBJECT",
        "No condition, treatment or speciality in a subject line or From name.",
        "45 CFR 164.502(b)",
        "Blocks for covered clients, warns elsewhere and of the practice's own name",
    ),
    Rule(
        "CANSPAM-ADDRESS",
        "Every mail shows the practice's confirmed postal address.",
        "15 USC 7704(a)(5); 16 CFR 316.2(p)",
        "Blocks",
    ),
    Rule(
        "CANSPAM-HEADERS",
        "From name and subject are what they seem.",
        "15 USC 7704(a)(1)",
        "Blocks what is deceptive, warns of what is strange",
    ),
    Rule(
        "CANSPAM-SUBJECT",
        "A subject does not pretend or press.",
        "15 USC 7704(a)(2)",
        "Blocks RE: and FWD:, warns of pressure",
    ),
    Rule(
        "WA-CEMA-SUBJECT",
        "A subject makes no claim about time (“last chance”, “ends Friday”, “24 hours left”) but a written day, "
        "which OFFER-ENDS holds against the sends.",
        "RCW 19.190; Brown v. Old Navy (Wash. 2025)",
        "Blocks",
    ),
    Rule(
        "EMAIL-LINKS",
        "Links in mails lead to named websites over https.",
        "Mailbox providers' filters",
        "Blocks",
    ),
    Rule(
        "EMAIL-LINK-DOMAIN",
        "Links in mails lead to the practice's own website or mail domain.",
        "Mailbox providers' filters",
        "Warns",
    ),
    Rule(
        "OFFER-ENDS",
        "No message goes out after the day on which its words say that an offer ends.",
        "15 USC 7704(a)(2); RCW 19.190",
        "Blocks",
    ),
    Rule(
        "LICENSE-BOARD",
        "Words that boards of licensed professions restrict, by the practice's state and license, are pointed out.",
        "Boards' rules by state: compliance/content/licenses.csv",
        "Warns",
    ),
    Rule(
        "SENSITIVE-LINES",
        "Mental health, reproduction, HIV and gender care: somebody says by name why the message may go out.",
        "45 CFR 164.530(c)",
        "Warns",
    ),
    Rule(
        "CONSENT-TRANSFER",
        "A consent belongs to the name that was shown: after a new name somebody says why it still holds.",
        "",
        "Warns",
    ),
    Rule(
        "SPANISH-WORDS",
        "Whoever reads Spanish gets Spanish words; where there are none, somebody says by name why.",
        "",
        "Warns",
    ),
    Rule("READING-LEVEL", "Words are read with twelve years of school.", "", "Warns"),
    Rule(
        "EMAIL-CONTENT",
        "Words that get mail filtered are pointed out.",
        "Mailbox providers' filters",
        "Warns",
    ),
)
BY_ID = {rule.id: rule for rule in RULES}
