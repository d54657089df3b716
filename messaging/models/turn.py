"""Whose turn it was last."""

from __future__ import annotations

from django.db import models


class Turn(models.Model):
    """When a client was last served. Read before any client is chosen, so without row-level security; nothing personal."""

    client = models.OneToOneField("tenants.Client", models.CASCADE, primary_key=True, related_name="+")
    began_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"turn of client {self.client_id}"
