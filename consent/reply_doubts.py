"""What in a reply a person has to read before anything more is sent (rules 1.4, tier 3): folded as `reply_letters.folded` does."""

from __future__ import annotations

import re

# Negative, or about someone else. Never released by the machine.
_WRONG = r"(?:(?:the|a|an) )?(?:wrong|incorrect) (?:phone )?(?:number|person)"
_VERBS = (
    r"(?:have|has|ve|got|texted|texting|called|calling|reached|messaged|messaging|contacted|contacting|dialed|"
    r"are texting|are calling|are messaging)"
)
_FIRST = r"(?:(?:hi|hello|hey|sorry|oh|no|nope|yes|yeah|um|ok|im afraid|i think) )*"
_LAST = r"(?: (?:sorry|please|thanks|thank you|bye|dude|man|lol|bro|buddy|here|anymore))*"
# Not this number: "the wrong number on file for my wife".
_NOT_ANOTHERS = r"(?! (?:on file|listed|down|of times|for (?:my|our|the|a|billing|insurance))\b)"
# Said outright: the number is marked for every client, so nothing less will do.
WRONG_NUMBER_WORDS = re.compile(
    rf"{_FIRST}{_WRONG}{_LAST}|"
    rf".*\b(?:you|u|youve|yall|you guys|you people) (?:(?:must|probably|still) )?(?:{_VERBS} )+{_WRONG}\b{_NOT_ANOTHERS}.*|"
    rf".*\b(?:this is|that is|it is|its|thats) {_WRONG}\b{_NOT_ANOTHERS}.*|"
    rf"{_FIRST}(?:theres |there is )?(?:nobody|no one|noone) (?:here )?(?:by|with) (?:that|this) name{_LAST}|"
    r"(?:(?:lo siento|disculpe|perdon|no|hola|es|este es|tiene|tienes|el|un|la) )*(?:numero equivocado|persona equivocada)"
    r"(?: (?:lo siento|gracias))*|"
    r"(?:(?:lo siento|disculpe|perdon|no|hola|creo que|usted) )*(?:se|te) equivoc[oa]\w* de (?:numero|persona)(?: (?:lo siento|gracias))*"
)
# "Not me" says the same; of "this isn't Jane" the word may be no name, and then a person reads it.
_NO_NAMES = (
    r"(?!(?:a|an|the|my|our|his|her|their|your|me|it|good|great|ok|okay|right|fair|fun|funny|cool|nice|new|over|done|working|urgent|"
    r"possible|necessary|true|correct|helpful|acceptable|convenient|real|legal|available|easy|clear|important|about|what|how|why|"
    r"for|in|on|at|to|so|very|really|too|going|happening|spam|normal|enough|covered|serious|bad|professional|appropriate|bueno|"
    r"today|tomorrow|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b)"
)
NOT_ME_WORDS = re.compile(
    rf"{_FIRST}(?:(?:this|that|it|thats|its|im|i am)(?: is)? )?not (?:me|him|her)(?: (?:you want|you are looking for))?{_LAST}|"
    rf"{_FIRST}(?:this|that) (?:is not|isnt|aint) (?:me|(?P<name>{_NO_NAMES}[a-z]{{2,}}?))(?P<their>s (?:number|phone|cell))?{_LAST}|"
    r"(?:(?:lo siento|disculpe|perdon|no|hola) )*no soy yo(?: (?:lo siento|gracias))*"
)
HEDGED = re.compile(r"\b(?:if|not|isnt|wasnt|did|didnt|do|maybe|perhaps|might|was)\b")
PERHAPS_WRONG = re.compile(
    r"\b(?:wrong|incorrect|worng|wrogn|wrng|rong) (?:n\w*m\w*|no|person|phone|guy|lady|one|name|contact|patient|text|chat)\b|"
    r"\b(?:numero|persona) equivocad[oa]\b|"
    r"\b(?:dont|do not) know (?:any|an|a) \w+\b|\bequivoc\w*\b|"
    r"\bno longer (?:his|her|their) (?:number|phone)\b|\b(?:not|isnt) (?:his|her|their|\w+s) (?:number|phone)\b|"
    r"\b(?:nobody|no one|noone|no such person|nadie)\b|\bbelongs? to (?:someone|somebody)\b|"
    r"\b(?:you|u) (?:must |may )?(?:be|are|have) (?:mistaken|confused|the wrong)\b|\bhave me (?:confused|mixed up|mistaken)\b|"
    # A number that has a new owner, or that several people read.
    r"\b(?:just|recently|only) (?:got|bought) this (?:number|phone)\b|\b(?:ive|have|had|has) (?:had )?this (?:number|phone)\b|"
    r"\b(?:changed|changing|switched) (?:my |our )?(?:phone )?numbers?\b|"
    r"\b(?:my|our) (?:phone )?number (?:has |is )?(?:changed|different)\b|"
    r"\blandline\b|\bthis is (?:a|my|our|the) (?:work|business|company|office|kids?|childs|childrens|sons|daughters) "
    r"(?:phone|line|number|cell)\b|\b(?:i am|im) (?:a minor|(?:only )?(?:[5-9]|1[0-7])(?: years old)?$)"
)
_IS = r"(?: (?:is|are|r|am i|was|the|tf|da|in the|hell|fuck|heck|even|exactly))"
ANOTHER = re.compile(
    r"\bwho (?:is|are|r) (?:this|you|u)\b|\bwhos this\b|\bnot (?:me|my name|him|her)\b|\bnot (?:this|that|the right) person\b|"
    rf"\b(?:who|whos|whose){_IS}{{0,4}} (?:this|dis|dat|these|texting|messaging|speaking|talking to)\b|"
    rf"\bwho{_IS}{{1,4}} (?:you|u|ya|yall|it$|that$)|^who(?:s| is|se)?(?: (?:it|that|you|u|ya|dat|der|there))?$|"
    r"\bwho (?:sent|gave)\b|\b(?:what|which) (?:office|company|business|place|practice|clinic|number)s? (?:is|are|r) (?:this|that|you|u)\b|"
    r"^(?:what is|whats|wats) this$|\bwho do you think\b|"
    r"\b(?:how|where) (?:did|do|have|d) (?:you|u|ya|yall) (?:guys )?(?:even )?(?:get|got|find|have) (?:my|this)\b|"
    r"\b(?:dont|do not) know (?:you|who)\b|\bdo i know (?:you|u)\b|\bmy exs?\b|"
    r"\bwhy (?:are|r|do|did|would|is|does) (?:you|u|yall|they|this|your) .{0,15}\b(?:text|txt|messag|msg|contact|spam)\w*|"
    r"\bwhy (?:am|are|do|did) (?:i|we) (?:still |keep )?(?:get|receiv)\w* (?:this|these|text|messag|your|so)\w*|"
    r"(?:\bpor que|^porque)\b.{0,20}\b(?:mand|envi|escrib|text|contact|molest)\w*|"
    r"\b(?:donde|como|quien)\b.{0,12}\b(?:sac|consig|obtuv|tien|dio|dieron|agarr)\w* (?:mi|este) (?:numero|telefono|celular)\b|"
    r"\bwho (?:do|did|are) (?:you|u) (?:want|look\w*|trying)\b|"
    r"\bquien (?:es|eres|habla|manda|me|te)\b|\b(?:de|con) quien\b|\bnew (?:phone|number|fone) who\w*\b|\bthis (?:isnt|is not)\b"
)
DECEASED = re.compile(
    r"\b(?:pass?ed away|past away|passed on|rest in peace|in heaven|descans[ea]\w* en paz|pas[oa] a mejor vida|"
    r"died|deceased|(?:is|s|hes|shes) dead|no longer (?:with us|alive)|fallecio|fallecid[oa]|murio|"
    r"(?:esta|ha) muert[oa])\b|"
    r"\b(?:he|she|mom|mother|mum|mama|dad|father|papa|husband|wife|son|daughter|brother|sister|aunt|uncle|spouse|partner|grand\w+)"
    r"(?: (?:has|had|just|recently|sadly|suddenly|since|also|now))* "
    r"passed(?:$| (?:in|last|this|yesterday|a|two|three|earlier|suddenly|recently|peacefully|\d+))|"
    r"\b(?:he|she|mom|mother|dad|father|husband|wife|son|daughter|brother|sister) was killed\b|"
    r"\b(?:lost|buried) (?:(?:my|our) )?(?:her|him|mom|mother|dad|father|husband|wife|son|daughter|grand\w+)"
    r"(?:$| (?:in|last|this|yesterday|a|two|to|on)\b)|"
    r"^(?!i )\w+(?: has)? passed$|\brip\b"
)
# Somebody may need help now, and no machine gives any: a person has to see it. Better once too often.
EMERGENCY = re.compile(
    r"\b(?:emergency|911|ambulance|suicid\w*|overdos\w*|chest pains?|heart attack|anaphyla\w*|unconscious|emergencia|ambulancia|"
    r"throat (?:is )?clos\w*|(?:severe|heavy|uncontrolled) bleeding|desangr\w*|desmay\w*|faint(?:ed|ing)|collapsed|"
    r"seizures?|convulsi\w*|stroke|allergic reaction|reaccion alergica)\b|"
    r"\b(?:cant|cannot|can not|trouble|hard to|difficulty|struggling to|unable to) (?:breathe?|breathing|swallow\w*)\b|"
    r"\b(?:kill|hurt|harm|cut)(?:t?ing)? my ?self\b|\b(?:want|wanna|going|rather) (?:to )?die\b|\bend(?:ing)? my (?:own )?life\b|"
    r"\b(?:wont|cant|doesnt|not|will not) stop bleeding\b|\bbleeding (?:a lot|badly|heavily|wont|will not)\b|"
    r"\bno (?:puedo|puede|podia) respirar\b|\b(?:dolor (?:de|en el|en mi|al)|duele (?:mucho )?el) pecho\b|"
    r"\b(?:quiero|voy a) (?:morir\w*|matarme)\b|\bme quiero morir\b|"
    r"\bsangr\w+ mucho\b"
)
_MESSAGES = (
    r"(?:(?:all|the|these|this|your|ur|my|those) )*"
    r"(?:it|them|this|these|texts?|texting|messages?|messaging|reminders?|notifications?|alerts?)"
)
# What would be an opt-out if it were said of a list, and may mean one all the same.
PERHAPS_A_NO = re.compile(
    r"\b(?:take|remove|delete|get|scratch|pull|cross|strike|erase) (?:me|us) (?:\w+ ){0,2}off\b|"
    r"\b(?:take|get|pull|scratch) (?:him|her|them|(?:my|our|this|his|her) (?:name|number|phone)) (?:off|out of)\b|"
    rf"\b(?:turn|shut|switch)(?:ing)? (?:off {_MESSAGES}|{_MESSAGES} off)\b|"
    r"\b(?:close|deactivate|disable) my (?:account|profile|file|chart)\b|\b(?:unlist|delist|purg|expung|deactivat)\w*|"
    r"\b(?:dnc|gdpr|ccpa)\b|\bforget (?:about )?(?:me|us)\b|\blose (?:me|us)$|\b(?:leave|count) (?:me|us) (?:out|be)\b|^(?:im|i am) out$|"
    r"\bdone with (?:you|u|yall|your|these)\b|\bgive it a rest\b|\b(?:take a hike|kick rocks|beat it|suck it)\b|"
    r"\b(?:lose|loose) (?:this|the|that) number\b|\b(?:in|to) (?:small claims )?court\b|\bviolat\w*|\bfederal law\b|"
    r"\b(?:against|breaking) the law\b|\bthis (?:even )?legal\b|\bbbb\b|\bbetter business\b|\bclass action\b|"
    r"\bfor court\b|\bpress charges\b|"
    r"\brestraining order\b|\bthe authorities\b|\b(?:final|last|second|third) (?:warning|request)\b|\b(?:lawer|laywer|lawyr|atty)\b|"
    r"\bwithout my (?:permission|consent)\b|"
    r"\bwho authorized\b|\b(?:off|out of) my phone\b|\b(?:bug|find|bother) (?:someone|somebody) else\b|"
    r"^drop me$|\bkick me off\b|\btake mine off\b|\b(?:remve|rmove|reomve|remvoe)\b|\bun?su\w{0,4}ribe\w*|"
    r"\bsin interes\b|\bal diablo\b|\bnumero incorrecto\b|\b(?:estaf|fraude|bloque)\w*|\bfui (?:con|a) otr[oa]$|\bvivo en otr[oa]\b|"
    r"^(?:(?:no|nah|hi|thanks|thank you) )*(?:im|i am|were|we are) (?:good|set|all set)"
    r"(?: (?:for now|right now|thanks|thank you|thx|ty))*$|"
    r"^all set(?: (?:thanks|thank you|thx|ty))*$|"
    r"\b(?:go|going|went|seeing|using) (?:to )?(?:somewhere|someone|somebody) else\b|"
    r"\b(?:tengo|voy (?:con|a)|fui (?:con|a)|consegui|encontre) (?:un |una |a )?otr[oa] (?:dentista|doctora?|medic[oa]|clinica)\b|"
    r"\bcambi\w+ de (?:dentista|doctora?|medic[oa]|clinica)\b|"
    r"\b(?:too|so) (?:much|many) (?:text|txt|messag|msg|email|call)\w*|"
    r"\b(?:text|messag|email|bother)\w* (?:me |us )?(?:too much|so much|less|"
    r"every ?day|all day)\b|^nel\b|"
    r"\bmolest\w+ (?:que|sus|tus|tanto|estos)\b|\bcansad[oa]s? de (?:sus|tus|estos|tanto|que)\b|\breportar\w*|"
    r"\b(?:drop|scratch|pull|cross|strike|erase) (?:me|us) from\b|^go away\b|"
    r"\b(?:you|u|guys|people) (?:(?:need|have|want|should|can|must|all|just|to) )*go away$|"
    r"\blet (?:me|us) be$|"
    r"\b(?:quit|borr|elimin|remuev|retir)[ae]n?(?:me|nos)\b|\bdej[ea]n? (?:de )?(?:hacer|eso|esto|ya)\b|\bsue (?:you|u)$|"
    r"\bdej[ea]n?(?:me|nos)?$|\boff (?:of )?(?:(?:the|your|this|mailing|text) )*list\b|\bthumbs down\b|"
    r"\b(?:(?:ill|i will|gonna|going to|have to|hard|i) pass|pass)(?: (?:on (?:this|that|it)|this time|thanks|thank you))*$|"
    r"\b(?:knock|cut) (?:it|that|this) (?:off|out)\b|\b(?:buzz|bug|back|lay|f|piss|push) off\b|\bget lost\b|\bshut up\b"
)
DOUBTS = (
    ("perhaps a wrong number", PERHAPS_WRONG), ("may be an emergency", EMERGENCY),
    ("perhaps someone else", ANOTHER), ("person has died", DECEASED), ("perhaps a no", PERHAPS_A_NO),
)  # fmt: skip
# Words that anger brings along, alone or in longer ones.
_SWEARING = (
    r"\w*fuck\w*|fu+ck?|fck\w*|fuk\w*|fu|f u|f (?:k|ck|ing|king)|(?:f|eff|fk|fck) (?:off|u|you|this|that)|"
    r"stfu|gtfo|wtf|shit\w*|bullshit|bs|(?:this|that|it|you|u) sucks?|bite me|bitch\w*|damn\w*|asshole\w*|"
    r"asses|ass|jackass\w*|dumbass\w*|dickhead\w*|bastards?|cunts?|pricks?|morons?|crap\w*|piss(?:ed)? off|pissed|"
    r"(?:the|go to|to|hell) hell|hell no|screw(?:ed)? (?:you|u|up|off|this)|idiots?|stupid\w*|"
    r"mierda|put[oa]s?|carajo|pendej\w*|cabron\w*|chinga\w*|verga|culer\w*|estupid\w*|imbecil\w*|maldit[oa]s?|jod[ea]\w*|"
    r"vete|vayanse|larg(?:ate|uense)|call(?:ate|ense)|fastidi\w*"
)
NEGATIVE = re.compile(
    r"\b(?:no+(?! (?:problem|hay problema|worries|rush|hurry)\b)|nop+e?s?|nah+|naw+|nay|nuh|neg|non|never|not|negative|cannot|"
    r"stop\w*|stahp|stap|quit(?:s|ting|tin|ted)?|cease|ugh|"
    r"(?:do|does|did|is|are|was|were|has|have|had|would|could|should|ca|wo|must|need|ai)nt|dnt|"
    r"end(?! of (?:the |this |next )?(?:day|week|month|year|summer)\b)|cancel(?!l?ation)\w*|"
    r"remov\w*|delet\w*|eras\w*|unsub\w*|unenrol\w*|optout|exit|"
    r"revoke|discontinu\w*|terminat\w*|refrain\w*|refus\w*|declin\w*|reject\w*|unwanted|unsolicited|uninvited|uninterested|junk|too many|"
    r"nunca|jamas|tampoco|ningun\w*|alto|parar|parad|baja|enough|already|detener|detenga\w*|deten|detente|pare|paren|basta|salir|"
    r"desist|arret|arreter|"
    r"eliminar|retir[ae]n?\w*|borr[ae]\w*|anul\w*|suspend\w*|demasiad[oa]s?|hart[oa]s?|acos\w*ndo|annoy\w*|bother\w*|pester\w*|nuisance|"
    r"intrus\w*|"
    r"scam\w*|fraud|fake|phish\w*|blocked|blocking|block (?:you|u|this|your|the number)|complain\w*|"
    r"report(?:ed|ing)|illegal|privacy|police|"
    r"hate|angry|sick of|tired of|fed up|mistake|moved|mude|dead|hospice|cancelled|switched|elsewhere|"
    r"(?:new|another|different) (?:dentist|doctor|provider)|"
    rf"unhappy|refund|{_SWEARING})\b"
)
# Angry, and perhaps no opt-out: somebody should talk to them. None of these words releases anything.
UPSET_WORDS = re.compile(
    rf"\b(?:{_SWEARING}|annoy\w*|scam\w*|fraud|complain\w*|hate|angry|furious|outrag\w*|disgust\w*|ridiculous|unacceptable|unprofessional|"
    r"sick of|tired of|fed up|unhappy|upset(?! stomach)|"
    r"(?:worst|terrible|horrible|awful|rude|bad) (?:service|experience|office|place|people|staff|dentist|doctor|practice|company)|"
    r"enojad[oa]s?|molest[oa]s?|furios[oa]s?)\b"
)
# As people write what they would rather not: f**k, sh!t, a$$.
MASKED = re.compile(r"\b(?:f|sh|b|a)[*#$%!]{1,4}(?:u?c?k|t|tch|s|hole)\w*|\bf[*#$%]{2,}|\ba\$\$")
ANGRY_SIGNS = re.compile("[🖕😠😡🤬]")
# What follows a "Cancel." that is about a visit; "revoke" and the like say their no whatever follows.
ABOUT_A_VISIT = re.compile(
    r"^(?:cancel|cancelar|end|exit|remove|quit|delete|para|baja|anular|borrar|eliminar)\b.*\b(?:(?:i|we) (?:am|will|have|need|cant|cannot|"
    r"can|could|want|got|would)|im|ill|ive|id like|can i|sick|rebook\w*|reschedul\w*|appointment|appt|visit|cita|tomorrow|today|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|\w+ instead)\b"
)
BOOKED_WORDS = re.compile(
    r"\balready (?:made|have|got|booked|scheduled|set up)\b.{0,20}\b(?:appointment|appt|booking|visit)\b|"
    r"\b(?:already|just|have|ive|im|am|all) (?:booked|scheduled)\b|\b(?:booked|scheduled) already\b|"
    r"\b(?:have|made|got) (?:an|my|our|the) (?:appointment|appt|visit)\b|\bya (?:tengo|hice|pedi|agende) (?:una |mi |la )?cita\b"
)
# Signs of a no. A red octagon, thumbs down, no entry, prohibited, cross, raised hand, angry faces, disgust.
NO_SIGNS = re.compile("[🛑👎⛔🚫❌✋🖐🤚🖕😠😡🤬🙅☠💀🤮💩🙄😒👿]")
