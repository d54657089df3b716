"""Who did what, when: written in the transaction of the deed, never changed."""

from __future__ import annotations

from typing import Any

from django.db import models

from tenants.models.base import ClientOwned, ClockNow


class TransactionId(models.Func):
    """The id of the writing transaction: what tells the sealer that nobody can still commit before it."""

    template = "(pg_current_xact_id()::text::bigint)"
    arity = 0

    def __init__(self) -> None:
        super().__init__(output_field=models.BigIntegerField())

    def deconstruct(self) -> Any:
        return f"{type(self).__module__}.{type(self).__qualname__}", (), {}


class AuditEvent(ClientOwned):
    """One deed on a client's data. `what` is `app.Model:id`; `detail` holds ids, counts and codes, never personal data."""

    at = models.DateTimeField(db_default=ClockNow())
    actor = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+", db_constraint=True)
    verb = models.CharField(max_length=60, help_text="As in campaign.launched.")
    what = models.CharField(max_length=80, blank=True)
    detail = models.JSONField(default=dict)
    ip = models.GenericIPAddressField(null=True)
    xid = models.BigIntegerField(db_default=TransactionId(), editable=False)

    class Meta(ClientOwned.Meta):
        indexes = [
            models.Index(fields=["client", "-id"]),
            models.Index(fields=["client", "what"]),
            models.Index(fields=["client", "xid", "id"], name="audit_in_sealing_order"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.what}"


class AuditBlock(ClientOwned):
    """Up to a thousand of a client's events, sealed: hashed, signed and chained to the block before (tenants.sealing)."""

    number = models.BigIntegerField(help_text="1, 2, 3 … without a gap, for each client.")
    previous = models.BinaryField(
        max_length=32, help_text="The hash of the block before; zeros for the first."
    )
    # For each event in the order of (xid, id): its id in 8 bytes, then the SHA-256 of its text.
    leaves = models.BinaryField()
    root = models.BinaryField(max_length=32, help_text="SHA-256 of the leaves.")
    events = models.IntegerField()
    to_xid = models.BigIntegerField(help_text="Where the block ends: its last event's transaction and id.")
    to_id = models.BigIntegerField()
    # No event of a transaction with a lower id may turn up after this block: they had all ended when it was made.
    closed_xid = models.BigIntegerField()
    sealed_at = models.DateTimeField()
    key = models.BinaryField(max_length=32, help_text="The public key it was signed with, Ed25519.")
    hash = models.BinaryField(max_length=32, help_text="SHA-256 of the header.")
    signature = models.BinaryField(max_length=64)

    class Meta(ClientOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["client", "number"], name="block_number_once")]

    def __str__(self) -> str:
        return f"audit block {self.number} of client {self.client_id}"


class AuditHead(ClientOwned):
    """A client's newest block, signed anew with each: a block taken off the end is missed by it."""

    number = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)
    events = models.BigIntegerField(help_text="Sealed so far, all blocks together.")
    at = models.DateTimeField()
    key = models.BinaryField(max_length=32)
    signature = models.BinaryField(max_length=64)

    class Meta(ClientOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["client"], name="one_head")]

    def __str__(self) -> str:
        return f"audit head of client {self.client_id}"


class AccountEvent(models.Model):
    """One deed on accounts and teams: sign-ins, invitations, memberships. No client's data."""

    at = models.DateTimeField(db_default=ClockNow())
    agency = models.ForeignKey("tenants.Agency", models.CASCADE, null=True, related_name="+")
    actor = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=60)
    detail = models.JSONField(default=dict)
    ip = models.GenericIPAddressField(null=True)

    def __str__(self) -> str:
        return self.verb
