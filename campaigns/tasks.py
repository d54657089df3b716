"""The bells of this room. They carry ids only, may ring twice or never, and cost nothing when nothing is due."""

from __future__ import annotations

from celery import shared_task

from campaigns.bookings import hooks, loading
from campaigns.models import BookingFile
from tenants.scope import acting_for_every_client


@shared_task
def read_bookings(client_id: int, file_id: int) -> bool:
    """Read one file of appointments; may ring twice."""
    return loading.load(client_id, file_id)


@shared_task
def resume_bookings() -> int:
    """Ring again for every file whose bell was lost or whose worker died."""
    with acting_for_every_client():
        waiting = list(
            BookingFile.objects.filter(state=BookingFile.State.WAITING).values_list("client_id", "pk")
        )
    for client_id, file_id in waiting:
        read_bookings.apply_async((client_id, file_id), expires=55)
    return len(waiting)


@shared_task
def forget_deliveries() -> int:
    """Clear the log of what booking systems told more than 30 days ago; returns how many."""
    with acting_for_every_client():
        return hooks.forget()
