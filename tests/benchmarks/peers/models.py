"""What a plain sender keeps."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class OptOut(models.Model):
    """Who wants nothing more."""

    address = models.CharField(max_length=200, unique=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        app_label = "peers"


class Recipient(models.Model):
    """One message to one person."""

    address = models.CharField(max_length=200)  # of the reference: sealed, as the body is
    body = models.TextField()
    key = models.CharField(
        max_length=64, default=""
    )  # of the reference: the hash by which an opt-out is found
    status = models.CharField(max_length=10, default="queued")
    provider_id = models.CharField(max_length=80, default="")
    sent_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        app_label = "peers"


class Event(models.Model):
    """What a webhook told."""

    event_id = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=30)
    address = models.CharField(max_length=200)
    at = models.DateTimeField()

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        app_label = "peers"
