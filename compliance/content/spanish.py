"""What the review asks of Spanish words besides what it asks of all: the lists of `lexicon`, as Spanish says them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compliance.content.finding import Finding
from compliance.content.lexicon import hits, words
from consent.models import Contact
from tenants.models import Channel, Client, Purpose

RULE = "SPANISH-WORDS"
OFFER = words(
    "gratis/gratuit*/oferta*/descuento*/promoción/promociones/promocion/rebaja*/regalo*/cupón/cupones/cupon/ahorr*/bono*/"
    "precio especial/mitad de precio/por ciento/financiación/financiamiento/rifa*/sorteo*/tiempo limitado"
)
HEALTH = words(
    "diagnós*/diagnos*/cáncer/cancer/tumor*/oncolog*/quimio*/vih/sida/herpes/hepatitis/diabet*/insulina/depresi*/ansiedad/adicci*/"
    "adicto*/embaraz*/fertilidad/aborto*/anticoncep*/menopausia/hormon*/obesidad/bajar de peso/pérdida de peso/botox/acné/psoriasis/"
    "biopsia*/cirugía*/cirugia*/endodoncia*/encía*/periodont*/caries/dentadura*/implante*/extracci*/glaucoma/catarata*/receta*/"
    "medicamento*/medicina*/dosis/resultado*/análisis/su tratamiento/su condición/sus síntomas/su terapia/psicoterap*/hipertensi*/"
    "presión arterial/colesterol/asma/artritis/dolor*/lesión/lesiones"
)
FORBIDDEN = words(
    "marihuana/cannabis/cbd/vapeo/tabaco/cigarro*/cigarrillo*/cerveza*/licor*/vino*/casino*/apuesta*/lotería/préstamo*/armas/munici*/porno*"
)
ENDING = words(
    "solo hoy/sólo hoy/termina hoy/última oportunidad/ultima oportunidad/últimas horas/vence hoy/último día/termina mañana"
)


def review(step: Mapping[str, Any], content: Mapping[str, Any], *, covered: bool) -> Iterator[Finding]:
    """What the Spanish lists find in one step's Spanish words."""
    at, brand, mail = step["position"], content["brand"]["practice_name"], step["channel"] == Channel.EMAIL
    both = f"{step['subject']}\n{step['body']}"
    if content["purpose"] != Purpose.MARKETING:
        for word in hits(OFFER, both, spare=brand):
            says = f"“{word}” is an offer, so this is marketing. Take it out, or make the campaign marketing."
            yield Finding("TCPA-CLASSIFY", at, True, says, word)
    for word in hits(HEALTH, step["body"], spare=brand):
        says = f"“{word}” tells whoever sees it about the person's health. Write “su visita” instead."
        yield Finding("HIPAA-CONTENT", at, covered and not mail, says, word)
    for word in hits(HEALTH, step["subject"], spare=brand):
        says = f"“{word}” in the subject tells everybody who sees the mailbox about the person's health. Write “su visita” instead."
        yield Finding("EMAIL-PHI-SUBJECT", at, covered, says, word)
    for word in hits(FORBIDDEN, step["body"], spare=brand):
        rule, says = (
            ("EMAIL-CONTENT", "gets mail filtered")
            if mail
            else ("SMS-SHAFT", "is what carriers forbid in texts")
        )
        yield Finding(rule, at, not mail, f"“{word}” {says}. Take it out.", word)
    for word in hits(ENDING, step["subject"]):
        says = f"“{word}” is a claim that will be false for some: no end date stands behind it."
        yield Finding("WA-CEMA-SUBJECT", at, True, says, word)


def missing(client: Client, content: Mapping[str, Any]) -> Iterator[Finding]:
    """A message that has no Spanish words though people of this client read Spanish."""
    without = [step["position"] for step in content["steps"] if not step.get("spanish")]
    if without and Contact.objects.filter(client=client, language="es").exists():
        for position in without:
            says = "Some of the practice's people read Spanish, and this message has no Spanish words: they get the English ones."
            yield Finding(RULE, position, False, says)
