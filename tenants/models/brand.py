"""How a client's own pages look to its people: a logo and one colour."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from tenants.models.base import ClientOwned, ClockNow


class Brand(ClientOwned):
    """A logo, re-drawn by us, and a colour on which white words can be read. A change is a new row, so its address never lies."""

    colour = models.CharField(max_length=7, blank=True, validators=[RegexValidator(r"\A#[0-9a-f]{6}\Z")])
    logo = models.TextField(blank=True, help_text="A PNG, base64.")
    width = models.PositiveSmallIntegerField(default=0)
    height = models.PositiveSmallIntegerField(default=0)
    by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client"], condition=Q(ended_at=None), name="one_brand_a_client"),
            models.CheckConstraint(
                condition=Q(colour="") | Q(colour__regex=r"^#[0-9a-f]{6}$"), name="a_colour_is_six_digits"
            ),
        ]

    def __str__(self) -> str:
        return f"brand of client {self.client_id}"
