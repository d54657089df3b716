"""What people write back, by what it is: the tables of `test_replies`."""

from __future__ import annotations

STOPS = [
    "stop", " Stop ", "STOP.", '"STOP"', "STOP\n", "STOP STOP", "Stop please",  # B1
    "\u200bSTOP", "STOP\ufeff", "\ufeffSTOP\u200b", "STOP\u00a0", "\u202eSTOP", "ST\x00OP", "S\u200dT\u200dO\u200dP",  # B2
    "ＳＴＯＰ", "S T O P", "S.T.O.P.", "Sto p", "stopp", "stöp", "ЅTOP", "STΟP", "ꜱᴛᴏᴘ", "ＳＴOＰ!", "STOOOP", "5t0p",  # B3
    "STOP🛑",  # B4
    "please stop texting me", "don't text me again", "don’t text me again", "remove me", "no more",  # B5
    "arrêt", "ALTO", "PARE", "Unsubscribe me", "unsuscribe", "opt out", "OPT-OUT", "optout", "revoke", "end", "quit", "cancel",  # B6
    "STOP\n-- \nJane Doe\nSent from my iPhone", "STOP. Jane Doe", "Re: STOP",  # B7
    "exit", "remove", "cease and desist", "I do not wish to be contacted", "unsub", "stop all", "STOPALL", "baja", "detener",
    "take me off your list", "Remove my number please", "not interested", "No longer interested, thanks", "leave me alone",
    "lose my number", "no me escriban más", "no más", "No quiero mensajes", "please delete my phone number", "quit messaging me",
    "do not contact me", "I never signed up, no more texts", "you will hear from my attorney", "this is spam", "stop harassing me",
    "I withdraw my consent", "cancel. thanks", "Please end my appointment reminders",
    "please stop textin me", "quit callin me", "don't textme", "I never contacted you", "stop messagin", "don't be emailin me",
    "pl ease st op tex ting me", "e nd texting me", "e nd. Jane", "d.e-t.e.n.e.r. mensajes", "R e: ST OP", "can cel. tha nks",
    "stop textingme",
    "Delete", "Erase me", "Leave us alone", "I want off this list", "Unenroll me", "Unscribe", "unsubcribe", "Forget my number",
    "Please forget this number", "Discontinue", "Terminate", "Please refrain from texting me", "Terminate all messages", "Remove my #",
    "She doesn't want these texts", "He does not wish to receive your messages", "I'd rather not be contacted", "No contact please",
    "You shouldn't be texting me", "I didn't give permission", "I did not consent to this", "I want to be removed", "take us off",
    "I'm reporting you", "Reported as junk", "Reported this number to the police", "I'll sue you", "I'm going to sue you people", "Ill sue",
    "You will face legal action", "Just go away", "go away please", "You need to stop it now", "Stop this!", "Cancel my subscription",
    "cancel all text messages", "No further messages", "Ain't interested", "get me off this list", "scratch my name off your list",
    "please pull my number from your system", "quit bugging me with messages", "harrassment", "Unsub scribe me", "never text again",
    "please take my cell off", "Stop please and thank you", "Cease all communication", "quit it please",
    "OK stop", "No stop", "Hi. Please stop. Thanks", "Yes, stop", "sorry but unsubscribe", "I said STOP", "I told you to stop",
    "I already replied stop", "asked you three times to stop already", "take my number out of your system", "Get me out of your database",
    "loose my number", "unsubscibe", "unsubscirbe please",
]  # fmt: skip
SPANISH = [
    "Déjenme en paz", "Para de mandarme mensajes", "Pare por favor", "Basta ya", "Sáquenme de su lista", "detengan los mensajes",
    "ya basta", "saquen mi número", "no me manden nada", "detener. gracias", "para. gracias", "salir. Juan", "baja\nJuan",
    "Déjenme tranquila", "Retírenme de su lista", "Deténganse", "Detente ya", "Cesen", "Suspendan los mensajes", "Borrar",
    "Anular suscripción", "Párenle", "Hablaré con mi abogado", "Los voy a demandar", "Me están acosando", "No quiero más mensajes",
    "No quiero recibir sus textos", "no deseo que me llamen", "No queremos más", "Deje de mandarme mensajes",
    "dejen de estar escribiéndome",
    "Quítenme", "bórrenme ya por favor", "sáqueme de la lista", "No me vuelvan a escribir", "no estoy interesada", "Voy a denunciarlos",
    "Cancelen los mensajes", "Quiero quitar mi número", "Los voy a reportar", "voy a reportarlos",
    "Denme de baja", "Sáqueme de todas las listas",
]  # fmt: skip
# In one word; torn apart again a person reads them (docs/decisions.md).
ONE_WORD = ["stoptextingme", "Please dontcontactme again", "leavemealone!!", "takemeoffyourlist"]
# NFKC leaves these letters as they are.
DRAWN = ["🆂🆃🅾🅿", "🅢🅣🅞🅟", "🇸🇹🇴🇵", "🇸 🇹 🇴 🇵", "stop🇺🇸"]
# The rule that joins them, and every word it knows.
VERBS = ("stop", "quit", "cease", "end", "no more", "dont", "do not", "never")
OBJECTS = (
    "text",
    "texting",
    "message",
    "messaging",
    "msg",
    "contact",
    "calling",
    "call",
    "sending",
    "send",
    "email",
    "textin",
    "callin",
    "textme",
    "contacted",
    "messaged",
    "sender",
    "emails",
)
ALONE = [
    "stop", "stopall", "stop all", "stop please", "unsubscribe", "unsub", "cancel", "end", "quit", "revoke", "optout", "opt out",
    "opt-out", "remove", "remove me", "exit", "alto", "parar", "detener", "cancelar", "baja",
]  # fmt: skip
PHRASES = [
    "take me off", "remove me", "remove my", "leave me alone", "not interested", "no mas", "cease and desist", "lawyer", "attorney",
    "report you", "report this", "spam", "harass",
]  # fmt: skip
JOINED = [
    f"{verb}{between}{thing}" for verb in VERBS for thing in OBJECTS for between in (" ", " it with the ")
]  # fmt: skip
SAID = [*ALONE, *JOINED, *PHRASES, *(f"Please {phrase} now!" for phrase in PHRASES)]
UNCLEAR = [
    "🛑", "wrong number", "We must stop the cold together!", "can't stop smiling", "", "   ", "\u200b", "no",
    "Nope", "s", "S.", "who is this",
    "👎", "no thanks", "not now", "I'm not Jane", "my husband passed away", "stpo", "Sotp", "fuck you", "I moved to Texas",
    "cancel my appointment on tuesday", "x " * 400 + "STOP" + " y" * 380, "Disliked “Hi Jane, are you due?”",
    "No quiero cancelar mi cita", "No quiero", "Cancele mi cita y envíeme otra hora", "I grind my teeth, need to stop it",
    "quítenme de la cita", "Stop by tomorrow?", "We must stop this cold together", "I can't stop this toothache",
    "I didn't sign up for this", "He doesn't live here anymore", "Wasn't me", "Too many texts", "Unwanted text", "Unsolicited messages",
    "Stahp", "I'll pass", "Pass", "I decline", "Nooo", "Naw", "Nop", "Who dis", "Who tf is this", "Whose this", "who this", "Who are u",
    "My mom passed in March", "He passed last year", "Ya está muerto", "piss off", "F off", "f**k you", "FU", "motherfucker", "sh!t",
    "Demasiados mensajes", "pendejo", "Quien me escribe?", "Where did you get my number?", "How do you have my info", "let me be",
    "knock it off", "shut up", "I changed to another dentist", "This is my ex's phone", "You have me confused with my sister",
    "This isn't Jane's phone anymore", "I think this is a mistake", "I couldn't care less", "we weren't asking", "you guys need to go away",
    "Blocked", "blocking you", "not a patient", "Never heard of you", "What company is this", "I refuse", "Leave my mom out of it, enough",
    "ya no", "tampoco", "No conozco a nadie así", "¿De parte de quién?", "quítenme eso", "harta de esto", "junk",
    "nuh uh",
    "Take off list", "you suck", "Jane passed", "Who do you think you are", "dejame", "thumbs down", "Is this a scam?",
    "I got this by mistake", "My husband is deceased", "No longer live in Ohio", "get lost",
    "Sotp texting me", "please stpp messaging", "sotp please", "take him off ur list", "I'm done with yall", "worng number", "Wrong nmber",
    "wrong num", "I just got this number", "I've had this number for two weeks", "I changed my number", "This is a landline",
    "This is my kids phone", "I am a minor", "leave us be", "count me out", "I'm out", "see you in court", "you're violating federal law",
    "I'm good", "All set, thanks", "I go somewhere else now", "Ya tengo otro dentista", "me cambié de dentista", "DNC", "unlist me",
    "Close my account", "turn off these texts", "turn these messages off", "deactivate", "forget me", "Off", "Block", "bye", "nnnooo",
    "why are you texting me", "Why am I getting these", "¿Por qué me siguen mandando mensajes?", "¿de dónde sacaron mi número?",
    "como consiguieron mi numero", "who are you looking for", "Me molestan sus mensajes", "cansada de sus mensajes", "y'all text too much",
    "so many texts", "text me less", "He past away", "Rest in peace Jane", "We lost Dad in March", "My mom has since passed",
    "descanse en paz", "pasó a mejor vida", "se desmayó", "my throat is closing", "me estoy desangrando", "Me duele el pecho",
    "Please delete my old number", "remove my wisdom teeth", "Can you remove my two stitches Friday", "Cancel. I'm sick",
    "Cancel! I'll rebook",
    "End. Can we do another day instead", "no cancelar", "No, cancelen mi cita",
    "Third request!", "this is your last warning", "I'll press charges", "my laywer will contact you", "how is this legal",
    "without my permission", "get off my phone", "leave", "bug somebody else", "drop me", "remve me", "unsusbcribe", "usubscribe", "💩",
    "🙄", "what??", "nty", "fuera", "los voy a bloquear", "estafadores", "es un fraude", "sin interés", "numero incorrecto",
    "ya fui con otro",
    "停止", "asshole", "shit", "n o", "n.o.p.e", "🅝🅞",
]  # fmt: skip
NEITHER = [
    "Can I come Tuesday?", "Thanks, see you then", "ok", "sure", "Yes please", "What are your hours", "👍", "Hi this is Sue",
    "see you next weekend, text me", "I am interested!", "Liked “Hi Jane. Reply STOP to opt out”",
    "Can you call me tomorrow", "I want the 3pm slot", "la cita para el martes", "a parade this weekend, text me", "Thanks 🇺🇸",
]  # fmt: skip
# What people write to a practice day after day: none of it may end their texts, nor wait longer than any other reply.
ORDINARY = [
    "Can I get my x-rays from you?", "Where do I get my records from?", "I need to take my son from school at 3",
    "I'll drop my son off at 3",
    "Can I take this Friday off?", "Hi, this is Sue. You texted me about a cleaning", "We go away Friday, can I come after?",
    "Sí, dejé de fumar", "Tuesday at 3 works", "Thanks!", "Can you call me?", "I already have an appointment", "Yes, Thursday morning",
    "What times do you have?", "How much is a cleaning?", "Do you take Delta Dental?", "Please call after 5", "Perfect, see you then",
    "Can Sue see me on Monday?", "I would like to speak to Sue, she was great", "Can my husband drop me off at 3?", "He'll be there at 9",
    "Put me on your cancellation list", "If you have a cancellation, let me know", "No problem, see you Tuesday", "No worries!",
    "Can I get an appointment at the office?", "Can you send the forms?", "This is Christopher, what is the first opening?",
    "Can you take me at 3?", "Any openings at the end of the month?", "The last option is best", "Can I drop off my information Friday?",
    "He is treated orthodontically, call me", "London tomorrow, call me Friday", "Do you have anything this week?",
    "Running 10 minutes late",
    "On my way", "Is parking free?", "What is your address?", "My implant screw is loose, can you see me?", "Is Dr. Lee in on Fridays?",
    "I got new insurance, do you need the card?", "Could I bring my daughter too?", "How long will it take?", "I'll be there",
    "Great thank you so much",
    "My tooth hurts", "Can I reschedule to next week?", "Did you get my email from yesterday?", "I have lost my card",
    "Happy Thanksgiving to you all",
    "Ok 👍", "Sounds good", "Yes I will be there with my son", "What do I owe?", "Did the lab send my crown?", "Maybe later this week",
    "Will Sue your hygienist be in?", "Can my husband drop me off?", "My son will drop me off, text him",
    "I'll be off, call me at 5", "I need a day off, text me the times", "Can you take me Friday, my day off?",
    "Can you pull my info from your system?",
    "Will the shuttle take us from here?", "Déjeme solo confirmar con mi esposo", "Sáqueme de una duda", "I want this pain to go away",
    "The bus drops us off at your door",
    "We are M-F people, mornings are best", "I'll pass it on to my wife", "Who will I see on Friday?", "Who is the hygienist?",
    "Would Wednesday suit?", "I am glad you texted", "Can someone look at my chart?", "It stays sore when I chew",
    "Sí, el martes está bien", "¿A qué hora abren?", "Gracias, nos vemos el lunes", "¿Me pueden llamar mañana?", "Sí por favor",
    "¿Cuánto cuesta la limpieza?", "Quiero hacer una cita para mi hijo", "Llego diez minutos tarde", "Sáqueme una cita para el jueves",
    "¿Aceptan mi seguro?", "Buenos días, ¿tienen algo esta semana?", "Ya tengo cita", "Está bien, ahí estaré",
    "Necesito cambiar mi cita al viernes",
    "¿Pueden sacarme la muela?", "Para el martes por la tarde", "Muchas gracias", "¿Dónde están ubicados?", "Me duele una muela",
    "No hay problema", "¿Me quitan los puntos el lunes?",
    "Do I turn right off the highway?", "I lost my last retainer", "We are all set for Tuesday", "I'm good with Tuesday",
    "I passed by your office",
    "Can I see someone else than Dr. Lee?", "¿Tienen otro dentista?", "Voy porque me mandaron al especialista", "I'm 5 minutes away",
    "Why is the office closed Friday?", "I'm out of town till the 9th", "What about Friday?", "I left my phone",
    "xx", "My phone was killed by the rain",
    "Can you take him from 3 to 4?", "I have this Friday off",
]  # fmt: skip
