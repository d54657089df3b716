"""The database of a test process: a copy of the migrated template, used as the application's role."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.middleware import csrf
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as properties
from playwright.sync_api import expect
from pytest_django.plugin import DjangoDbBlocker
from xdist.scheduler import LoadScopeScheduling

from config.servers import databases
from tests.neighbours import after_them
from tests.servers_plugin import TEMPLATE

# The same examples on every machine, however long a busy one takes over one of them.
properties.register_profile(
    "suite", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# Other examples each time, and many: `make reliability` looks for what nobody thought of (tests/reliability/test_properties.py).
properties.register_profile(
    "exploring",
    parent=properties.get_profile("suite"),
    derandomize=False,
    max_examples=2_000,
    print_blob=True,
)
properties.load_profile(os.environ.get("PROPERTIES", "suite"))


def pytest_configure() -> None:
    """Argon2 is slow on purpose; tests sign in hundreds of times. Tokens of forms are random letters."""
    csrf.CSRF_ALLOWED_CHARS = "JQXZjqxz"  # of which no word is made that a test looks for on a page
    expect.set_options(timeout=20_000)  # a browser on a busy machine is slow, not wrong
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


class WalkTogether(LoadScopeScheduling):  # type: ignore[misc]
    """Every test goes to whichever process is free; those of the walk, which build on each other, to one, and first."""

    def _split_scope(self, nodeid: str) -> str:
        return "walk" if nodeid.startswith("tests/browser/") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WalkTogether:
    """xdist's own groups go by a name it appends to a test's, which pytest no longer lets it do (xdist 3.8, pytest 9.2)."""
    return WalkTogether(config, log)


def make_anew(*_: object) -> None:
    """This process's database as it was after migrating; every connection to the old one is cut."""
    connections.close_all()
    databases.copy(
        os.environ["TEST_ADMIN_URL"], TEMPLATE, urlsplit(os.environ["DATABASE_URL"]).path.lstrip("/")
    )
    forget()


def forget() -> None:
    """What this process remembers by an id: in the copy somebody else will have it."""
    from messaging import bell, delivery, providers
    from messaging.breakers import tripping

    for kept in (bell._rung, delivery._sizes, providers._kept, tripping._next, tripping._resting):
        kept.clear()


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """No test counts against the limits of a minute that another has used up, nor reads what it had counted."""
    cache.clear()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[None, None, None]:
    """In place of pytest-django's, which creates and flushes: the application's role may do neither."""
    from tenants import sealing, sealing_witness

    notes = tmp_path_factory.mktemp("sealed")
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        make_anew()
        # Tests that commit end with a new copy instead of a flush (TRUNCATE is not granted).
        patch.setattr(TransactionTestCase, "_fixture_teardown", make_anew)
        patch.setattr(sealing_witness, "folder", lambda: notes)
        for name in ("_round", "seal_due"):
            patch.setattr(sealing, name, after_them(getattr(sealing, name)))
        yield
        connections.close_all()
