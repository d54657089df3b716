"""5,000 made-up people as the lists their practices would export, imported by the product's own importer."""

from __future__ import annotations

import csv
import io
import random
from datetime import date, timedelta

from config.demo.data.firms import Firm
from consent.importing import loading, receiving
from consent.importing.columns import Mapping
from consent.models import ConsentRecord, ContactPoint, Import
from tenants.clock import db_now
from tenants.models import Channel, Client, Purpose, Role, User
from tenants.scope import acting_for

FIRST = [
    "Ada",
    "Alma",
    "Andre",
    "Anh",
    "Arturo",
    "Beth",
    "Bruno",
    "Carla",
    "Cedric",
    "Chloe",
    "Daniel",
    "Dolores",
    "Edith",
    "Elena",
    "Felix",
    "Fiona",
    "Gabriel",
    "Gloria",
    "Hana",
    "Hector",
    "Ines",
    "Ivan",
    "Jamal",
    "June",
    "Kai",
    "Kira",
    "Lars",
    "Leila",
    "Luis",
    "Lynn",
    "Mae",
    "Marco",
    "Mei",
    "Milo",
    "Nadia",
    "Noah",
    "Omar",
    "Opal",
    "Paul",
    "Priya",
    "Quinn",
    "Rosa",
    "Ruth",
    "Saul",
    "Sofia",
    "Tariq",
    "Tess",
    "Uma",
    "Viktor",
    "Wanda",
    "Xavier",
    "Yara",
    "Yusuf",
    "Zoe",
    "José",
    "Zoë",
    "Noël",
    "Renée",
    "Søren",
    "Łucja",
]
LAST = [
    "Abbott",
    "Alvarez",
    "Baker",
    "Banks",
    "Barros",
    "Bell",
    "Boyd",
    "Castillo",
    "Chen",
    "Clark",
    "Cole",
    "Cruz",
    "Dalton",
    "Diaz",
    "Doyle",
    "Ellis",
    "Evans",
    "Flores",
    "Foster",
    "Garcia",
    "Gibbs",
    "Grant",
    "Hale",
    "Hayes",
    "Hughes",
    "Ibarra",
    "Ito",
    "Jensen",
    "Kaur",
    "Kelly",
    "Khan",
    "Klein",
    "Lam",
    "Lane",
    "Lopez",
    "Marsh",
    "Mason",
    "Meyer",
    "Moreno",
    "Nash",
    "Nguyen",
    "Novak",
    "Ortega",
    "Owens",
    "Park",
    "Patel",
    "Perez",
    "Quist",
    "Ramos",
    "Reyes",
    "Rossi",
    "Salas",
    "Shah",
    "Silva",
    "Stone",
    "Tran",
    "Turner",
    "Vargas",
    "Walsh",
    "Weber",
    "Wolfe",
    "Yates",
    "Young",
    "Zapata",
]
EXCHANGES = tuple(range(220, 990))


def bring(firm: Firm, client: Client) -> None:
    """Import the client's list once, as its agency's owner would; written consents are added for the uncovered client."""
    with acting_for(client.pk):
        if Import.objects.filter(state=Import.State.DONE).exists():
            return
        owner = User.objects.filter(memberships__agency=client.agency, memberships__role=Role.OWNER).order_by(
            "pk"
        )[0]
        made = receiving.receive(client, [_list(firm).encode()], f"{firm.slug}-patients.csv", by=owner)
        receiving.accept(made, Mapping.from_stored(made.mapping), by=owner)
    loading.load(made.pk, client.pk)
    with acting_for(client.pk):
        made.refresh_from_db()
        if made.state != Import.State.DONE:
            raise RuntimeError(f"The demo's list for {firm.name} was not taken: {made.problem}")
        if firm.covered == Client.Covered.NOT_COVERED:
            _written(client, owner)


def _list(firm: Firm) -> str:
    chance = random.Random(firm.slug)  # noqa: S311 - the same people each time
    today = db_now().date()
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(
        [
            "Patient ID",
            "First name",
            "Last name",
            "Mobile",
            "E-mail",
            "State",
            "ZIP",
            "Last visit",
            "Date of birth",
            "Segment",
            "OK to text",
            "OK to email",
        ]
    )
    state, zip_code = firm.address[2], firm.address[3]
    for number in range(firm.contacts):
        first, last = chance.choice(FIRST), chance.choice(LAST)
        visit = today - timedelta(days=chance.randint(150, 1500))
        born = date(
            chance.randint(1940, 2004) if chance.random() > 0.03 else 2015,
            chance.randint(1, 12),
            chance.randint(1, 28),
        )
        phone = (
            f"+1{chance.choice(firm.area_codes)}{chance.choice(EXCHANGES)}{number:04d}"
            if chance.random() > 0.06
            else ""
        )
        email = f"{_plain(first)}.{_plain(last)}{number}@example.org" if chance.random() > 0.08 else ""
        text = chance.choices(["Y", "", "N", "STOP"], [70, 22, 5, 3])[0]
        mail = chance.choices(["Y", "", "unsubscribed"], [60, 36, 4])[0]
        sheet.writerow([f"{firm.slug[:2].upper()}-{number:05d}", first, last, phone, email, state, zip_code, visit.isoformat(), born.isoformat(),
                        chance.choice(firm.segments), text, mail])  # fmt: skip
    return out.getvalue()


def _plain(name: str) -> str:
    return name.translate(str.maketrans("éëØøŁł", "eeOoLl")).lower().encode("ascii", "ignore").decode()


def _written(client: Client, owner: User) -> None:
    """Two of three guests signed the consent form for marketing texts at the desk, on paper that names every element."""
    points = (
        ContactPoint.objects.filter(channel=Channel.SMS, ended_at=None)
        .order_by("pk")
        .values_list("contact_id", "address_id")
    )
    at = db_now() - timedelta(days=60)
    ConsentRecord.objects.bulk_create(
        [
            ConsentRecord(
                client=client, contact_id=contact, address_id=address, channel=Channel.SMS, purpose=Purpose.MARKETING, tier="written",
                method=ConsentRecord.Method.PAPER, since=at, recorded_by=owner,
                wording=f"I agree that {client.name} may send me marketing text messages by automated means at this number, up to 4 a month. "
                "Message and data rates may apply. Consent is not a condition of any purchase. Reply STOP to end, HELP for help.",
                evidence='{"form": "paper-2026-1", "separate_box": true}',
            )
            for number, (contact, address) in enumerate(points)
            if number % 3
        ],
        ignore_conflicts=True,
    )  # fmt: skip
