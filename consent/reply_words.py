"""The words by which people say no, yes and help (rules 1.4, tiers 1 and 2): folded as `reply_letters.folded` does."""

from __future__ import annotations

import re

# Rules 1.4, tier 1: the whole message, once spaces are squeezed. The Spanish and French words among them.
STOP_WORDS = (
    "stop", "stopall", "stop all", "stop please", "please stop", "stop now", "stop it", "stop this", "unsubscribe", "unsub",
    "unsubscribe me", "unsubscribe all", "cancel", "end", "quit", "revoke", "optout", "opt out", "opt me out", "remove", "remove me",
    "remove please", "exit", "cease", "desist", "alto", "parar", "pare", "para", "paren", "detener", "detenga", "cancelar", "baja",
    "dar de baja", "darme de baja", "no mas", "basta", "arret", "arreter", "stop thanks", "stop thank you", "no more", "desuscribir",
    "stop txt", "stop text", "no texts", "salir", "eliminar", "delete", "delete me", "erase", "erase me", "discontinue", "terminate",
    "halt", "deregister", "unenroll", "unenroll me", "no text", "no texting", "no messages", "no contact",
    "borrar", "borrarme", "anular", "anular suscripcion", "detente", "detenganse", "cese", "cesen", "parale", "parenle",
    "suspender", "suspendan", "eliminarme", "quitarme", "sacarme", "retirarme",
)  # fmt: skip
# What may stand beside a word that is alone otherwise: "pare por favor", "cancel thanks".
POLITE_WORDS = (
    "please",
    "and thank you",
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

# Tier 2, regex A of the rules and its phrases, on folded text (dont for don't, opt out for opt-out). Whatever ends a word of
# contact is part of it: textin, contacted, textme.
CONTACT = r"(?:text|txt|messag|msg|contact|call|send|email|mail|spam|bother|reminder|notification|solicit|communicat)\w*"
WISHED = (
    r"(?:to )?(?:be (?:contact|text|call|email|messag|bother)\w*|hear (?:from|of|about|any)|hear$|receive|"
    rf"get (?:(?:any|more|these|this|those|your|all|so|many) ){{0,3}}{CONTACT}|(?:any|these|this|those|your|ur) (?:more )?{CONTACT})"
)
# What is left: a list by itself, texts only as "your texts": "drop me off, text me later" leaves none.
_OF = r"(?: (?:of|all|any|the|your|ur|this|that|these|those|every|my|mailing|calling|contact|marketing|patient|entire|future|sms))"
_A_LIST = (
    rf"(?:{_OF}* (?:lists?|mailings?|system|database)|"
    rf"{_OF}{{1,5}} (?:texts?|texting|txts?|messages?|messaging|emails?|calls|everything|reminders|notifications))\b"
)
# The end, but for a last politeness.
_END = r"(?: (?:now|please|pls|plz|already|right|immediately|today|thanks|thank you|thx|ya|ok))*$"
_OF_A_BODY = (
    r"(?:tooth|teeth|molars?|stitch\w*|sutures?|staples|braces|brackets?|wires?|retainers?|fillings?|crowns?|implants?|veneers?|"
    r"dentures?|spacers?|splint|cast|bandages?|tartar|plaque|tattoos?|moles?|warts?|cysts?|skin tags?|hair|nails|fillers?|iud)"
)
_ASKING = (
    r"(?:^|\b(?:please|pls|plz|just|now|and|ok|okay|so|you|u|no|nope|hey|ugh|(?:want|need) (?:you|u) to|"
    r"(?:you|u|yall) (?:need|have|ought|got) to) )"
)
PHRASES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("asks to stop contact",
         r"\b(?:stop|quit|cease|end|no more|no further|dont|do not|never|discontinue|terminate|halt|suspend|refrain from)\b.{0,25}\b"
         + CONTACT + r"|\b(?:should not|shouldnt) (?:even |still )?be (?:text|messag|contact|call|send|email|bother)\w*"),
        ("asks to be removed",
         r"\b(?:take|remove|delete|scratch|pull|cross|strike|erase)\b.{0,10}\b"
         r"(?:me|us|(?:my|this) (?:phone |cell )?(?:name|number|phone|cell))"
         rf"(?: off(?: here)?{_END}|\b.{{0,25}}\b(?:off|from|out of){_A_LIST})|\b(?:drop|delete|scratch|strike|erase)\b.{{0,10}}\b"
         rf"(?:me|us|my name|my number|this number) from{_A_LIST}|"
         rf"\bget (?:me|us|my name|my number|this number) (?:the (?:hell|fuck) )?(?:off(?:{_A_LIST}|{_END})|out of{_A_LIST})|"
         rf"\b(?:want|wants|wanna|need|like|be|im)\b.{{0,12}}\boff{_A_LIST}|"
         r"\b(?:want|wish|like|ask|asked|request|demand) to be (?:removed|taken off|deleted|excluded)\b"),
        ("asks to be removed", r"\b(?:remove|delete|erase)\b.{0,10}\b(?:my|our|this)\b(?! (?:old|former|previous)\b).{0,15}\b"
         r"(?:number|name|phone|email|address|info|information|data)\b|\b(?:lose|loose|drop) (?:my|our|this) (?:phone |cell )?number\b|"
         r"(?:^|\b(?:please|pls|plz|just|and|so|now) )forget (?:my|our|this) (?:phone |cell )?number\b"),
        ("asks to be removed", r"\btake (?:me|us) off\b|"
         # "Remove my wisdom teeth" is what patients ask of a practice; somebody reads it.
         rf"\bremove (?:me|us|my)\b(?!(?: (?:two|four|old|other|wisdom|baby|upper|lower|back|front|loose|broken))* {_OF_A_BODY}\b)|"
         r"\b(?:delete|erase|unenroll?|deregister|unregister) (?:me|us)\b"),
        ("asks to be left alone",
         rf"\b(?:told|asked|begged) (?:you|u|yall)\b.{{0,25}}\bstop{_END}|"
         rf"\bi (?:(?:have|already|just) )*(?:said|say|texted|typed|replied|sent) stop{_END}|"
         r"\bleave (?:me|us|my family) (?:the (?:hell|fuck) |tf )?alone\b|"
         r"\bstop (?:harass|bugg|bother|spam|pester)\w*|"
         rf"{_ASKING}(?:stop|quit) (?:it|this){_END}|"
         rf"(?:^(?:(?:just|now|and|ok|so|no|ugh|hey|you|u) )?|\b(?:please|pls|plz|you to|u to) )go away{_END}"),
        ("says not interested", r"\b(?:not|no longer|never|isnt|aint|arent) interested\b|\bno (?:me )?interesa\b|"
         r"\bno (?:estoy|esta|estamos) interesad[oa]s?\b"),
        ("opts out", r"\bopt(?:ing|ed)? ?(?:me |us )?out\b|\b(?:un|de)subscri\w*\b|\bunsuscribe\w*\b|\bdesuscri\w*\b|"
         r"\bun(?:sub|su|sb|ubs|usb)?s?cri[bv]\w*|\bunsubs(?:ri|cib|cirb|cbi)\w*|"
         r"\bcancel (?:(?:all|my|the|this|these|your|any) )*(?:subscription|texts|text messages|messages|texting|notifications|sms)\b|"
         r"\b(?:anul|cancel|termin)\w* (?:mi |la |esta )?su(?:b)?scripcion\b"),
        ("revokes consent", r"\b(?:revoke|withdraw|rescind)\w*\b.{0,25}\b(?:consent|permission|authorization)\b|"
         r"\b(?:do not|dont|did not|didnt|never) (?:give |gave )?(?:you )?(?:my |any )?(?:consent|permission)\w*"),
        ("threatens", r"\bcease and desist\b|\b(?:lawyer|attorney|lawsuit|suing|abogad[oa])s?\b|\blegal action\b|"
         r"\b(?:will|can|could|may|might|shall|well) sue (?:you|u|ya)\b|"
         r"\b(?:ill|gonna|wanna|(?:going|want|have|need|about|ready|right|able|plan|me) to) sue (?:you|u|ya|your)\b|"
         r"\b(?:i will|ill|im gonna|im going to|i can|i could) sue$|"
         r"\breport (?:you|this|u)\b|\breport(?:ing|ed) (?:you|u|ya|your)\b|"
         r"\breport(?:ing|ed) (?:(?:this|it|these|them|number|text|message) ){0,2}(?:as|to the) "
         r"(?:junk|abuse|phish|scam|police|authorit|carrier)\w*|"
         r"\b(?:fcc|ftc|tcpa)\b|\bdemandar(?:los|les|lo|las|la|e|emos)?\b|\bdenunciar(?:los|les|lo|las|la|e|emos)?\b|"
         r"\breportar(?:los|las|les|te)\b|\b(?:los|las|les|te) (?:voy|vamos) a reportar\b"),
        ("calls it spam or harassment", r"\bspam\w*\b|\bharr?ass\w*\b|\bacos(?:o|a|an|ando|ado)\b"),
        ("does not wish contact",
         r"\b(?:do not|dont|does not|doesnt|did not|didnt|would not|wouldnt|no longer|never) (?:ever |really |even )?"
         r"(?:wish|want|care|like)(?:s|ed)? "
         rf"{WISHED}|\b(?:prefer|rather) not (?:to )?(?:be (?:contact|text|call|email|messag|bother)\w*|receive|hear from)\b"),
        ("asks in Spanish", r"\bno mas\b|\bno (?:me |nos )?(?:escriba|llame|mande|envie|contacte|moleste)[ns]?\b|"
         r"\bno (?:me |nos )?vuelva[ns]? a (?:mand|envi|escrib|llam|molest|text|contact)\w*|"
         r"\bd(?:ar|e|en|a)(?:me|nos)? de baja\b|\bno (?:molestar|llamar|mandar|enviar|escribir)\b|"
         r"\bdej[ea]n? (?:ya )?de (?:estar )?(?:mand|envi|escrib|llam|molest|text|mensaj|contact|acos)\w*|"
         r"\bdej[ea]n?(?:me|nos)\b.{0,12}\b(?:paz|tranquil[oa]s?)\b|\bdej[ea]n?(?:me|nos) (?:ya )?sol[oa]s?$|"
         r"\bno (?:quiero|deseo|queremos|deseamos) (?:(?:sus|estos|tus|los|tantos|ningun|nada de) )?(?:mas$|mas (?:de )?(?:sus |estos )?|)"
         r"(?:mensaj|texto|sms|correo|llamada|publicidad|promocion|recibi)\w*|\bno (?:quiero|deseo|queremos|deseamos) mas$|"
         r"\bno (?:quiero|deseo|queremos|deseamos) que (?:me|nos) (?:sigan )?(?:mand|envi|escrib|llam|molest|text|contact)\w*|"
         r"\b(?:quit|borr|elimin|sac|saqu|remuev|retir)[ae]n?(?:me|nos)(?: (?:ya|por favor|porfa|ahora|gracias))*"
         r"(?:$| (?:de|del|desde) (?:(?:la|las|los|su|sus|tu|esta|estas|todas|todos) )*"
         r"(?:lista|sistema|base|registro|contacto|mensaj|texto|grupo|aqui)\w*)|"
         r"\bsalir de (?:la|su|esta) lista\b|"
         r"\b(?:quit|borr|elimin|sac|saqu|retir)(?:[ae]n?|ar) (?:mi|este|nuestro)\b.{0,15}\b"
         r"(?:numero|nombre|telefono|celular|correo|datos)\b|"
         r"\b(?:para|pare|paren|deten|detenga|detengan|ces[ae]n?|termin[ae]n?) (?:ya )?(?:de|con) (?:\w+ )?"
         r"(?:mand|envi|escrib|llam|molest|contact|text|mensaj|correo)\w*|"
         r"\b(?:pare|paren|deten|detenga|detengan|ces[ae]n?|basta)\b.{0,15}\b"
         r"(?:mensaj|text|correo|llamad|envi)\w*|"
         r"\b(?:suspend|cancel)[ae]n? (?:(?:los|sus|estos|todos|tus) )*(?:mensaj|texto|correo)\w*"),
        ("asks in French", r"\barretez?\b|\bne (?:me |m)?\w*(?:contactez|ecrivez|envoyez|appelez)\b"),
    )
)  # fmt: skip
LONE = frozenset(
    {"s", "n", "x", "st", "sto", "so", "top", "spot", "stp", "sop", "no", "n0", "off", "out", "textoff", "turnoff", "disable", "mute",
     "block", "leave", "leaveplease", "getout", "useless", "nty", "na",
     "huh", "what", "wut", "wth", "fuera", "largo", "desactivar", "bye", "byebye", "goodbye", "adios", "toomuch"}
)  # fmt: skip
