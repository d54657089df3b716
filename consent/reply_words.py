"""The words by which people say no, yes, help and what a person has to read (rules 1.4): folded as `reply_letters.folded` does."""

from __future__ import annotations

import re

# Rules 1.4, tier 1: the whole message, once spaces are squeezed. The Spanish and French words among them.
STOP_WORDS = (
    "stop", "stopall", "stop all", "stop please", "please stop", "stop now", "stop it", "stop this", "unsubscribe", "unsub",
    "unsubscribe me", "unsubscribe all", "cancel", "end", "quit", "revoke", "optout", "opt out", "opt me out", "remove", "remove me",
    "remove please", "exit", "cease", "desist", "alto", "parar", "pare", "para", "paren", "detener", "detenga", "cancelar", "baja",
    "dar de baja", "darme de baja", "no mas", "basta", "arret", "arreter", "stop thanks", "stop thank you", "no more", "desuscribir",
    "stop txt", "stop text", "no texts", "salir", "eliminar",
)  # fmt: skip
# What may stand beside a word that is alone otherwise: "pare por favor", "cancel thanks".
POLITE_WORDS = (
    "please",
    "pls",
    "plz",
    "thanks",
    "thank you",
    "thx",
    "por favor",
    "gracias",
    "ya",
    "now",
    "ahora",
)
START_WORDS = ("start", "unstop", "yes")
HELP_WORDS = ("help", "info", "ayuda")

# Tier 2, regex A of the rules and its phrases, on folded text (dont for don't, opt out for opt-out).
CONTACT = (
    r"(?:text|texts|texting|txt|txts|message|messages|messaging|msg|msgs|contact|contacting|calling|call|calls|sending|"
    r"send|email|emails|emailing|mail|mails|mailing|spamming|bothering|bother|reminders?|notifications?)"
)
WISHED = (
    r"(?:to )?(?:be (?:contact|text|call|email|messag|bother)\w*|hear|receive|get|(?:any|these|this|your) (?:more )?"
    + CONTACT
    + ")"
)
PHRASES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("asks to stop contact", rf"\b(?:stop|quit|cease|end|no more|dont|do not|never|discontinue)\b.{{0,25}}\b{CONTACT}\b"),
        ("asks to be removed", r"\b(?:take|remove|delete|drop|get|scratch)\b.{0,10}\b(?:me|my|us|our|this)\b.{0,25}\b(?:off|from)\b"),
        ("asks to be removed", r"\b(?:remove|delete|lose|drop|erase)\b.{0,10}\b(?:my|our|this)\b.{0,15}\b"
         r"(?:number|name|phone|email|address|info|information|data)\b"),
        ("asks to be removed", r"\btake me off\b|\bremove (?:me|my)\b|\bdelete me\b"),
        ("asks to be left alone", r"\bleave me alone\b|\bgo away\b|\bstop (?:harassing|bugging|bothering|spamming|it|this)\b"),
        ("says not interested", r"\b(?:not|no longer|never) interested\b|\bno (?:me )?interesa\b"),
        ("opts out", r"\bopt(?:ing|ed)? ?(?:me )?out\b|\b(?:un|de)subscri\w*\b|\bunsuscribe\w*\b|\bdesuscri\w*\b"),
        ("revokes consent", r"\b(?:revoke|withdraw|rescind)\w*\b.{0,25}\b(?:consent|permission|authorization)\b|"
         r"\b(?:do not|dont) consent\b"),
        ("threatens", r"\bcease and desist\b|\b(?:lawyer|attorney|lawsuit|suing)\b|\bsue (?:you|u|your)\b|"
         r"\breport (?:you|this|u)\b|\b(?:fcc|ftc|tcpa)\b"),
        ("calls it spam or harassment", r"\bspam\w*\b|\bharass\w*\b|\bacoso\b"),
        ("does not wish contact", rf"\b(?:do not|dont|no longer) (?:wish|want|care) {WISHED}\b"),
        ("asks in Spanish", r"\bno mas\b|\bno (?:me |nos )?(?:escriba|llame|mande|envie|contacte|moleste)[ns]?\b|"
         r"\bdar(?:me|nos)? de baja\b|"
         r"\bno (?:molestar|llamar|mandar|enviar|escribir)\b|\bdej[ea]n? de\b|\bdej[ea]n?(?:me|nos)\b.{0,12}\bpaz\b|"
         r"\bno (?:quiero|deseo)\b|\b(?:quit|borr|elimin|sac|saqu|remuev)[ae]n?(?:me|nos)\b|\bsalir de (?:la|su|esta) lista\b|"
         r"\b(?:quit|borr|elimin|sac|saqu)[ae]n? (?:mi|este|nuestro)\b.{0,15}\b(?:numero|nombre|telefono|celular|correo|datos)\b|"
         r"\b(?:para|pare|paren|deten|detenga|detengan|ces[ae]n?|termin[ae]n?) (?:ya )?(?:de|con) (?:\w+ )?"
         r"(?:mand|envi|escrib|llam|molest|contact|text|mensaj|correo)\w*|"
         r"\b(?:pare|paren|deten|detenga|detengan|ces[ae]n?|basta)\b.{0,15}\b(?:mensaj|text|correo|llamad|envi)\w*"),
        ("asks in French", r"\barretez?\b|\bne (?:me |m)?\w*(?:contactez|ecrivez|envoyez|appelez)\b"),
    )
)  # fmt: skip

# Tier 3: negative, or about someone else. Never released by the machine.
_WRONG = r"(?:(?:the|a) )?wrong (?:phone )?(?:number|person)"
_VERBS = (
    r"(?:have|has|ve|got|texted|texting|called|calling|reached|messaged|messaging|contacted|contacting|dialed|"
    r"are texting|are calling|are messaging)"
)
# Said outright: the number is marked for every client, so nothing less will do.
WRONG_NUMBER_WORDS = re.compile(
    rf"(?:(?:hi|hello|hey|sorry|oh|no|nope|yes|yeah|um|ok|im afraid|i think) )*{_WRONG}"
    r"(?: (?:sorry|please|thanks|thank you|bye|dude|man|lol|bro))*|"
    rf".*\b(?:you|u|youve|yall|you guys|you people) (?:(?:must|probably|still) )?(?:{_VERBS} )+{_WRONG}\b.*|"
    rf".*\b(?:this is|that is|it is|its|thats) {_WRONG}\b.*|"
    r"(?:(?:lo siento|disculpe|perdon|no|hola|es|este es|tiene|tienes|el|un) )*numero equivocado(?: (?:lo siento|gracias))*"
)
HEDGED = re.compile(r"\b(?:if|not|isnt|wasnt|did|didnt|do|maybe|perhaps|might|was)\b")
PERHAPS_WRONG = re.compile(
    r"\bwrong (?:number|person|phone|guy|lady|one)\b|\bnumero equivocado\b|\b(?:dont|do not) know (?:any|an|a) \w+\b|"
    r"\bno longer (?:his|her|their) (?:number|phone)\b|\b(?:not|isnt) (?:his|her|their|\w+s) (?:number|phone)\b"
)
ANOTHER = re.compile(
    r"\bwho (?:is|are|r) (?:this|you|u)\b|\bwhos this\b|\bnot (?:me|my name|him|her)\b|\bnot (?:this|that|the right) person\b|"
    r"\b(?:dont|do not) know (?:you|who)\b|\bquien (?:es|eres)\b|\bnew (?:phone|number) who\b|\bthis (?:isnt|is not)\b"
)
DECEASED = re.compile(
    r"\b(?:passed away|passed on|died|deceased|is dead|no longer (?:with us|alive)|fallecio|murio)\b"
)
# Somebody may need help now, and no machine gives any: a person has to see it. Better once too often.
EMERGENCY = re.compile(
    r"\b(?:emergency|911|ambulance|suicid\w*|overdos\w*|chest pains?|heart attack|anaphyla\w*|unconscious|emergencia|ambulancia)\b|"
    r"\b(?:cant|cannot|can not|trouble|hard to|difficulty) (?:breathe|breathing|swallow\w*)\b|\b(?:kill|hurt|harm)(?:ing)? my ?self\b|"
    r"\b(?:wont|cant|doesnt|not|will not) stop bleeding\b|\bbleeding (?:a lot|badly|heavily|wont|will not)\b|\bno puedo respirar\b"
)
DOUBTS = (
    ("perhaps a wrong number", PERHAPS_WRONG), ("may be an emergency", EMERGENCY),
    ("perhaps someone else", ANOTHER), ("person has died", DECEASED),
)  # fmt: skip
NEGATIVE = re.compile(
    r"\b(?:no|nope|nah|non|never|not|dont|cant|cannot|wont|stop\w*|quit\w*|cease|end|cancel\w*|remove\w*|unsub\w*|optout|exit|revoke|"
    r"nunca|jamas|alto|parar|parad|baja|enough|already|detener|detenga|detengan|deten|pare|paren|basta|salir|desist|arret|arreter|eliminar|annoy\w*|wtf|stfu|gtfo|fuck\w*|shit\w*|bitch\w*|damn\w*|hell|asshole\w*|ass|"
    r"crap\w*|bullshit|screw|idiots?|stupid|scam\w*|fraud|fake|phish\w*|block\w*|complain\w*|illegal|hate|angry|sick of|tired of|fed up|"
    r"mierda|puta|puto|carajo|moved|dead|hospice|cancelled|switched|unhappy|refund)\b"
)
# Angry, and perhaps no opt-out: somebody should talk to them. None of these words releases anything.
UPSET_WORDS = re.compile(
    r"\b(?:annoy\w*|wtf|stfu|gtfo|fuck\w*|shit\w*|bitch\w*|damn\w*|asshole\w*|ass|crap\w*|bullshit|screw(?:ed)? (?:you|u|up|off)|idiots?|"
    r"stupid|scam\w*|fraud|complain\w*|hate|angry|furious|outrag\w*|disgust\w*|ridiculous|unacceptable|unprofessional|"
    r"sick of|tired of|fed up|unhappy|upset(?! stomach)|"
    r"(?:worst|terrible|horrible|awful|rude|bad) (?:service|experience|office|place|people|staff|dentist|doctor|practice|company)|"
    r"mierda|puta|puto|carajo|enojad[oa]s?|molest[oa]s?|furios[oa]s?)\b"
)
ANGRY_SIGNS = re.compile("[🖕😠😡🤬]")
BOOKED_WORDS = re.compile(
    r"\balready (?:made|have|got|booked|scheduled|set up)\b.{0,20}\b(?:appointment|appt|booking|visit)\b|"
    r"\b(?:already|just|have|ive|im|am|all) (?:booked|scheduled)\b|\b(?:booked|scheduled) already\b|"
    r"\b(?:have|made|got) (?:an|my|our|the) (?:appointment|appt|visit)\b|\bya (?:tengo|hice|pedi|agende) (?:una |mi |la )?cita\b"
)
LONE = frozenset({"s", "n", "x", "st", "sto", "so", "top", "spot", "stp", "sop"})
# Signs of a no. A red octagon, thumbs down, no entry, prohibited, cross, raised hand, angry faces.
NO_SIGNS = re.compile("[🛑👎⛔🚫❌✋🖐🤚🖕😠😡🤬🙅☠💀]")
