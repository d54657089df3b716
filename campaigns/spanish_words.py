"""The Spanish of the words that a campaign may begin with, paragraph by paragraph. Texts do without á, í, ó, ú: each would more than
halve the room of a segment."""

from __future__ import annotations

CALL = "llame al {{ practice_phone }}"
_FROM = "Hola {{ first_name }}, le escribe {{ practice_name }}. "
_TIME = "Para elegir una hora, llame al {{ practice_phone }}."
_NEW = "{{ hello }}, le escribe {{ practice_name }}. "
_EN = "Hi {{ first_name }}, this is {{ practice_name }}. "
_EN_TIME = "To find a time, call {{ practice_phone }}."
_EN_NEW = "{{ hello }}, {{ practice_name }} here. "

TEXTS = {
    _EN + "It has been a while since we saw you. " + _EN_TIME: _FROM + "Hace tiempo que no le vemos. " + _TIME,
    _EN + "It is time for your regular visit. " + _EN_TIME: _FROM + "Ya toca su visita regular. " + _TIME,
    _EN + "Your yearly visit is due. " + _EN_TIME: _FROM + "Ya toca su visita anual. " + _TIME,
    _EN + "We would love to have you back. " + _EN_TIME: _FROM + "Nos alegra poder verle de nuevo. " + _TIME,
    _EN + "We have not seen you for a while. To go on where you left off, call {{ practice_phone }}.":
        _FROM + "Hace tiempo que no le vemos. Para seguir donde lo dejamos, llame al {{ practice_phone }}.",
    _EN + "Some of your paperwork is not complete yet. For help with it, call {{ practice_phone }}.":
        _FROM + "Falta completar parte de sus formularios. Si necesita ayuda, llame al {{ practice_phone }}.",
    _EN + "We hope your visit went well. If there is anything you would like to ask, call {{ practice_phone }}.":
        _FROM + "Esperamos que su visita haya ido bien. Si desea preguntar algo, llame al {{ practice_phone }}.",
    "Hi {{ first_name }}, {{ practice_name }} once more. We would be glad to see you. For a time that suits you, "
    "call {{ practice_phone }}.":
        "Hola {{ first_name }}, le escribe de nuevo {{ practice_name }}. Nos alegra poder verle. " + _TIME,
    "Hi {{ first_name }}, welcome to {{ practice_name }}! To find a time or to ask us anything, call {{ practice_phone }}.":
        "Hola {{ first_name }}, le damos la bienvenida a {{ practice_name }}. Para elegir una hora o preguntar lo que quiera, "
        "llame al {{ practice_phone }}.",
    "{{ hello }}, welcome to {{ practice_name }}! You can text us here or call {{ practice_phone }}. Up to 4 msgs a month. "
    "Msg & data rates may apply. Reply HELP for help, STOP to opt out.":
        "{{ hello }}, le damos la bienvenida a {{ practice_name }}. Puede escribirnos por este medio, o llame al {{ practice_phone }}. "
        "Hasta 4 mensajes al mes. Se aplican tarifas de mensajes y datos. Responda HELP para ayuda, STOP para dejar de recibirlos.",
    _EN_NEW + "Please come a few minutes early, so that there is time for the paperwork. For help with it, call {{ practice_phone }}.":
        _NEW + "Llegue unos minutos antes, para tener tiempo de completar los formularios. Si necesita ayuda, "
        "llame al {{ practice_phone }}.",
    _EN_NEW + "If you have no time with us yet, call {{ practice_phone }} and we find one.":
        _NEW + "Si no tiene hora con nosotros, llame al {{ practice_phone }} y le encontramos una.",
    _EN_NEW + "If there is anything you would like to ask, text us here or call {{ practice_phone }}.":
        _NEW + "Si desea preguntar algo, puede escribirnos por este medio, o llame al {{ practice_phone }}.",
}  # fmt: skip
SUBJECTS = {
    "A note from {{ practice_name }}": "Unas palabras de {{ practice_name }}",
    "We would love to see you again": "Nos encantaría volver a verle",
    "Still thinking about it?": "¿Todavía lo está pensando?",
    "Time for a visit to {{ practice_name }}": "Ya toca una visita a {{ practice_name }}",
    "Your next visit to {{ practice_name }}": "Su próxima visita a {{ practice_name }}",
    "May we keep a time for you?": "¿Le guardamos una hora?",
    "Your yearly visit to {{ practice_name }}": "Su visita anual a {{ practice_name }}",
    "New frames at {{ practice_name }}": "Nuevas monturas en {{ practice_name }}",
    "We would love to have you back": "Nos encantaría tenerle de vuelta",
    "What is new at {{ practice_name }}": "Novedades en {{ practice_name }}",
    "An hour for yourself": "Una hora para usted",
    "How are you getting on?": "¿Cómo le va?",
    "A yearly visit to {{ practice_name }}": "Una visita al año a {{ practice_name }}",
    "A short note from {{ practice_name }}": "Unas líneas de {{ practice_name }}",
}
PARAGRAPHS = {
    "Hello {{ first_name }},": "Hola, {{ first_name }}:",
    "Your team at {{ practice_name }}": "El equipo de {{ practice_name }}",
    "To find a time that suits you, call {{ practice_phone }}.": "Para elegir la hora que le convenga, llame al {{ practice_phone }}.",
    "To come by, call {{ practice_phone }}.": "Para venir a vernos, llame al {{ practice_phone }}.",
    "it has been a while since we saw you, and we would be glad to have you back.":
        "Hace tiempo que no le vemos y nos alegraría tenerle de vuelta.",
    "it has been some time since your last visit to {{ practice_name }}. We would love to show you what is new.":
        "Ha pasado un tiempo desde su última visita a {{ practice_name }}. Nos encantaría mostrarle lo que hay de nuevo.",
    "a short reminder from {{ practice_name }}: your place is still here. To come by, call {{ practice_phone }}.":
        "Un breve recordatorio de {{ practice_name }}: aquí sigue teniendo su lugar. Para venir a vernos, llame al {{ practice_phone }}.",
    "it has been a while since you were here, and your regular visit is due. Mornings and late afternoons still have room.":
        "Hace tiempo que no viene y ya toca su visita regular. Todavía hay lugar por la mañana y al final de la tarde.",
    "our records show that your last visit was some time ago. We keep times open for people who have not been in for a while.":
        "Según nuestros registros, ha pasado un tiempo desde su última visita. Guardamos horas para quienes hace tiempo que no vienen.",
    "a short note from {{ practice_name }}: we have not heard from you yet. If you have moved or see somebody else now, "
    "tell us and we stop writing.":
        "Unas líneas de {{ practice_name }}: todavía no hemos sabido de usted. Si se ha mudado o ahora acude a otro lugar, "
        "díganoslo y dejamos de escribirle.",
    "a year goes by quickly, and your yearly visit is due. It takes less than an hour.":
        "Un año pasa rápido y ya toca su visita anual. Dura menos de una hora.",
    "we have new frames in, and we think you would like some of them. Come by and try them on; nobody has to buy anything.":
        "Han llegado nuevas monturas y creemos que algunas le gustarán. Venga a probárselas; no hace falta comprar nada.",
    "it has been some time since you were with us. A quiet hour for yourself is a call away.":
        "Ha pasado un tiempo desde que estuvo con nosotros. Una hora tranquila para usted está a una llamada.",
    "a new season has begun, and so have some new things at {{ practice_name }}. Ask us about them, or come by for a look.":
        "Ha empezado una nueva temporada y hay novedades en {{ practice_name }}. Pregúntenos por ellas o venga a verlas.",
    "we kept a few times open this month, in the evening too. One of them may suit you.":
        "Hemos guardado algunas horas este mes, también por la noche. Quizás alguna le convenga.",
    "we have not seen you at {{ practice_name }} for a while and wonder how you are getting on. "
    "If you would like to go on, we find a time with you.":
        "Hace tiempo que no le vemos en {{ practice_name }} y nos preguntamos cómo le va. Si desea seguir, buscamos una hora con usted.",
    "it is about a year since your last visit. Many people come by once a year, to see whether everything is as it should be.":
        "Hace más o menos un año de su última visita. Muchas personas vienen una vez al año para ver si todo está como debe.",
    "if you would like to come by, we are glad to find a time with you. If not, there is nothing to do.":
        "Si desea venir, con gusto buscamos una hora con usted. Si no, no tiene que hacer nada.",
}  # fmt: skip


def spanish_of(subject: str, body: str) -> tuple[str, str]:
    """Subject and words of a starter in Spanish; two empty texts where they are not ours."""
    if body in TEXTS:
        return "", TEXTS[body]
    parts = [PARAGRAPHS.get(each, "") for each in body.split("\n\n")]
    return (SUBJECTS[subject], "\n\n".join(parts)) if subject in SUBJECTS and all(parts) else ("", "")
