"""What the do-not-call registry says of a client's numbers, as a builder for tests."""

from __future__ import annotations

from compliance.models import RegistryAnswer, RegistryFile
from consent.models import ContactPoint
from tenants.clock import db_now
from tenants.models import Channel, Client


def looked_up(of: Client, listed: bool = False) -> None:
    """Today the registry was asked about every number there is, and lists none; or all. Inside `acting_for`."""
    at = db_now()
    file = RegistryFile.objects.create(
        client=of, kind="result", as_of=at.date(), account="Scrub Service", file_name="scrub.csv", file_sha256="0" * 64,
        state="done",
    )  # fmt: skip
    RegistryAnswer.objects.filter(client=of).end(at)
    addresses = ContactPoint.objects.filter(client=of, channel=Channel.SMS, ended_at=None)
    RegistryAnswer.objects.bulk_create(
        RegistryAnswer(client=of, file=file, address_id=each, listed=listed, good_until=file.good_until)
        for each in addresses.values_list("address", flat=True).distinct()
    )
