"""Is it alive, and is it ready: for load balancers and the demo's start."""

from __future__ import annotations

from datetime import timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from messaging.models import WorkerHeartbeat
from tenants.access import public
from tenants.clock import db_now

PULSE = timedelta(seconds=90)


@public
def alive(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """200 while the process answers."""
    return JsonResponse({"alive": True})


@public
def ready(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """200 when database, broker, migrations, locks and a worker's pulse are all right; else 503 and what is not."""
    wrong: dict[str, str] = {}
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            wrong["migrations"] = "Run the migration job."
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('max_locks_per_transaction')::int")
            if cursor.fetchone()[0] < 512:
                wrong["locks"] = "Set max_locks_per_transaction to 512 or more."
        newest = WorkerHeartbeat.objects.order_by("-at").first()
        if newest is None or newest.at < db_now() - PULSE:
            wrong["worker"] = "No worker has done a round in the last 90 seconds."
    except DatabaseError:
        wrong["database"] = "The database does not answer."
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2).ping()
    except redis.RedisError:
        wrong["broker"] = "The broker does not answer."
    return JsonResponse({"ready": not wrong, "wrong": wrong}, status=503 if wrong else 200)
