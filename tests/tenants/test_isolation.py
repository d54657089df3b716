"""The third net, asked of the database's own catalog: no table forgets it."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.models import Model

from campaigns.models import OwnTemplate
from consent.models import Contact, ContactPoint
from tenants.isolation import SameClientKey
from tenants.models import Client, PostalAddress
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db

# Read before any client is known (decisions 27): without row-level security, and without personal data.
OPEN_TABLES = {
    "tenants_membership",
    "tenants_invitation",
    "consent_preferencelink",
    "consent_signupform",
    "consent_mailconfirmation",
    "tenants_hookendpoint",
    "tenants_apitoken",
    "campaigns_reviewlink",
    "campaigns_bookinghook",
    "messaging_turn",
}
# Of an agency and of no client: seen in the scope of any of its clients.
OF_AN_AGENCY = {"campaigns_owntemplate"}
ROOMS = ("tenants", "consent", "campaigns", "compliance", "messaging")


def _models() -> list[type[Model]]:
    return [m for room in ROOMS for m in apps.get_app_config(room).get_models(include_auto_created=True)]


def _ask(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def test_every_table_with_a_client_has_forced_row_level_security_and_a_policy() -> None:
    forced = {
        name
        for (name,) in _ask(
            "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid "
            "WHERE c.relrowsecurity AND c.relforcerowsecurity AND p.polwithcheck IS NOT NULL"
        )
    }
    owned = {m._meta.db_table for m in _models() if any(f.name == "client" for f in m._meta.local_fields)}
    assert (owned - OPEN_TABLES) | OF_AN_AGENCY == forced


def test_the_app_role_owns_nothing_and_bypasses_nothing() -> None:
    assert _ask(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    ) == [(False,) * 4]
    assert _ask("SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = current_user") == [(0,)]
    assert (
        _ask(
            "SELECT table_name FROM information_schema.table_privileges WHERE grantee = current_user AND privilege_type = 'TRUNCATE'"
        )
        == []
    )


def test_nothing_reads_past_row_level_security_nor_counts_on_an_index_that_it_forbids() -> None:
    """No function of ours works with its owner's rights; and only a B-tree or a BRIN index is asked by leakproof operators."""
    ours = "pronamespace = 'public'::regnamespace"
    assert _ask(f"SELECT proname FROM pg_proc WHERE prosecdef AND {ours}") == []
    assert (
        _ask(
            "SELECT c.relname FROM pg_class c JOIN pg_am a ON a.oid = c.relam"
            " WHERE c.relkind = 'i' AND c.relnamespace = 'public'::regnamespace AND a.amname NOT IN ('btree', 'brin')"
        )
        == []
    )


ONLY_ADDED_TO = {
    "campaigns_additionrule", "campaigns_approvaldocument", "campaigns_cosignature", "campaigns_looseningyes", "campaigns_signingrule",
    "compliance_policy", "consent_preferencelink", "messaging_certificate", "tenants_accountevent", "tenants_auditblock",
    "tenants_auditevent",
}  # fmt: skip


def test_the_app_role_may_add_to_the_record_and_not_change_it() -> None:
    """Whole, so that a migration which forgets a table in its list is found, whichever way it forgets."""
    mine = _ask(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND has_table_privilege('cts_app', oid, 'INSERT') AND NOT has_table_privilege('cts_app', oid, 'UPDATE')"
        " AND NOT has_table_privilege('cts_app', oid, 'DELETE')"
    )
    assert {name for (name,) in mine} == ONLY_ADDED_TO


def test_keys_between_client_tables_carry_the_client() -> None:
    keys = {
        (table, tuple(columns))
        for table, columns in _ask(
            "SELECT c.conrelid::regclass::text, array_agg(a.attname ORDER BY k.ord) FROM pg_constraint c "
            "CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k(attnum, ord) "
            "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum WHERE c.contype = 'f' GROUP BY c.oid, c.conrelid"
        )
    }
    for model in _models():
        for field in model._meta.local_fields:
            if isinstance(field, SameClientKey):
                assert (model._meta.db_table, ("client_id", field.column)) in keys, field


def test_no_plain_key_leads_from_one_client_table_to_another() -> None:
    owned = {
        m
        for m in _models()
        if any(f.name == "client" for f in m._meta.local_fields) and m._meta.db_table not in OPEN_TABLES
    }
    plain = [
        str(field)
        for model in owned
        for field in model._meta.local_fields
        if field.is_relation and field.related_model in owned and not isinstance(field, SameClientKey)
    ]
    assert plain == []


def test_uniques_of_client_tables_begin_with_the_client() -> None:
    rows = _ask(
        "SELECT t.relname, i.relname, (SELECT attname FROM pg_attribute WHERE attrelid = t.oid AND attnum = x.indkey[0]) "
        "FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid "
        "WHERE x.indisunique AND NOT x.indisprimary AND t.relrowsecurity"
    )
    leads = {row for row in rows if row[2] != ("agency_id" if row[0] in OF_AN_AGENCY else "client_id")}
    assert leads == set()


def test_an_agencys_rows_are_shown_in_the_scope_of_its_own_clients_only() -> None:
    clinic, rival = people.clinic(), people.rival_clinic()
    values = {"purpose": "recall", "steps": [], "made_by": people.alice()}
    with acting_for(clinic.pk):
        OwnTemplate.objects.create(agency=clinic.agency, name="Ours", **values)
        assert OwnTemplate.objects.count() == 1
    with acting_for(rival.pk):
        assert OwnTemplate.objects.count() == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            OwnTemplate.objects.create(agency=clinic.agency, name="Theirs", **values)
    assert _ask("SELECT count(*) FROM campaigns_owntemplate") == [(0,)]


def test_raw_sql_without_a_scope_sees_no_row() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        people.contact(clinic)
        assert _ask("SELECT count(*) FROM consent_contact") == [(1,)]
    assert _ask("SELECT count(*) FROM consent_contact") == [(0,)]


def test_raw_sql_in_one_scope_sees_no_rival_row_and_writes_none() -> None:
    clinic, rival = people.clinic(), people.rival_clinic()
    with acting_for(rival.pk):
        people.contact(rival)
    with acting_for(clinic.pk):
        assert _ask("SELECT count(*) FROM consent_contact") == [(0,)]
        with connection.cursor() as cursor:
            cursor.execute("UPDATE consent_contact SET state = 'XX'")
            assert cursor.rowcount == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            PostalAddress.objects.create(client=rival, line="1", city="X", state="IN", zip_code="46601")


def test_a_key_to_a_rivals_row_is_refused_by_the_database() -> None:
    clinic, rival = people.clinic(), people.rival_clinic()
    with acting_for(rival.pk):
        theirs = people.contact(rival, phone=people.a_phone())
        address = ContactPoint.objects.get().address_id
    with acting_for(clinic.pk), pytest.raises(DatabaseError, match="same_client"), transaction.atomic():
        ContactPoint.objects.create(
            client=clinic, contact_id=theirs.pk, channel="sms", address_id=address, value="x"
        )


def test_the_scope_is_put_back_when_nested_and_dropped_at_the_end() -> None:
    clinic, rival = people.clinic(), people.rival_clinic()
    with acting_for([clinic.pk, rival.pk]):
        with acting_for(clinic.pk):
            people.contact(clinic)
        with acting_for(rival.pk):
            assert Contact.objects.count() == 0
        assert Contact.objects.count() == 1
        assert _ask("SELECT count(*) FROM consent_contact") == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_a_committed_scope_leaves_nothing_on_the_connection() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        people.contact(clinic)
    assert _ask("SELECT nullif(current_setting('app.clients', true), '')") == [(None,)]
    assert _ask("SELECT count(*) FROM consent_contact") == [(0,)]


@pytest.mark.django_db(transaction=True)
def test_an_error_inside_a_scope_leaves_nothing_written_and_no_scope() -> None:
    clinic = people.clinic()

    def fail() -> None:
        with acting_for(clinic.pk):
            people.contact(clinic)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with acting_for(clinic.pk):
        assert Contact.objects.count() == 0


def test_the_clients_themselves_are_open_to_sign_in() -> None:
    clinic = people.clinic()
    assert Client.objects.get(pk=clinic.pk).name == "Bright Smiles"


@pytest.mark.parametrize("table", ["tenants_auditevent", "tenants_accountevent"])
def test_the_audit_cannot_be_rewritten(table: str) -> None:
    clinic = people.clinic()
    from tenants.audit import record, record_account

    with acting_for(clinic.pk):
        record("test.done", client_id=clinic.pk)
        record_account("test.done", by=None)
        for statement in (f"UPDATE {table} SET verb = 'x'", f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
