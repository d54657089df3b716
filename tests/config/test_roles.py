from __future__ import annotations

import os

import psycopg2
import pytest
from django.db import ProgrammingError, connection, transaction

from config.servers import roles


def ask(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


@pytest.mark.django_db
def test_the_application_works_as_a_role_that_row_level_security_binds() -> None:
    assert ask(
        "select rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole from pg_roles"
        " where rolname = current_user"
    ) == [("cts_app", False, False, False, False)]


@pytest.mark.django_db
def test_the_application_owns_no_table() -> None:
    assert ask("select relname from pg_class where relowner = current_user::regrole") == []


@pytest.mark.django_db
def test_the_application_may_not_truncate_any_table() -> None:
    tables = ask("select count(*) from pg_tables where schemaname = 'public'")
    assert tables[0][0] != 0
    allowed = (
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
    )
    assert ask(f"{allowed} and has_table_privilege(oid, 'TRUNCATE')") == []


@pytest.mark.django_db
def test_the_application_may_not_make_tables() -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        ask("create table mine (id int)")


@pytest.mark.django_db
def test_the_owner_cannot_bypass_row_level_security_either() -> None:
    found = ask("select rolsuper, rolbypassrls from pg_roles where rolname = 'cts_owner'")
    assert found == [(False, False)]


def test_preparing_twice_changes_nothing_and_sets_the_passwords() -> None:
    admin = os.environ["TEST_ADMIN_URL"]
    other = "cts_roles_twice"
    found = {role: os.environ[name].split(":")[2].split("@")[0] for role, name in URLS.items()}
    for _ in range(2):
        roles.prepare(admin, other, found)
    url = os.environ["OWNER_DATABASE_URL"].rpartition("/")[0] + f"/{other}"
    connected = psycopg2.connect(url)
    connected.close()
    with roles.as_superuser(admin) as cursor:
        cursor.execute(f"drop database {other}")


URLS = {"cts_owner": "OWNER_DATABASE_URL", "cts_app": "DATABASE_URL"}


@pytest.mark.parametrize(
    "changed, sentence",
    [
        ({"ADMIN_DATABASE_URL": ""}, "Set ADMIN_DATABASE_URL"),
        ({"DATABASE_URL": "postgres://postgres:x@h/cts"}, "DATABASE_URL must connect as cts_app"),
        (
            {"OWNER_DATABASE_URL": "postgres://cts_owner@h/cts"},
            "OWNER_DATABASE_URL must connect as cts_owner",
        ),
        ({"DATABASE_URL": "postgres://cts_app:x@h/other"}, "must name the same database"),
    ],
)
def test_unfit_addresses_end_with_what_to_set(changed: dict[str, str], sentence: str) -> None:
    fit = {
        "ADMIN_DATABASE_URL": "postgres://postgres:x@h/postgres",
        "OWNER_DATABASE_URL": "postgres://cts_owner:x@h/cts",
        "DATABASE_URL": "postgres://cts_app:x@h/cts",
    }
    with pytest.raises(SystemExit, match=sentence):
        roles.main(fit | changed)
