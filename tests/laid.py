"""What many tests of one file begin with, laid out in the database once for all of them instead of once for each."""

from __future__ import annotations

import copy
from collections.abc import Callable, Generator
from typing import Any, TypeVar

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

T = TypeVar("T")


def laid_once(build: Callable[[], Any]) -> Any:
    """A fixture of the file: what `build` makes and returns stays in the database until the file's last test, each of which
    has its own transaction within and leaves no trace. Every test of the file sees the rows; none may commit."""

    @pytest.fixture(scope="module")
    def laid(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Generator[Any, None, None]:
        with django_db_blocker.unblock(), transaction.atomic():
            yield build()
            transaction.set_rollback(True)

    return laid


def own_copy(laid: T) -> T:
    """What a test may change of it without changing it for the next."""
    return copy.deepcopy(laid)
