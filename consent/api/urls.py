"""Addresses of this room's part of the API."""

from django.urls import URLPattern, path

from consent.api import consents, contacts, imports, suppressions

urlpatterns: list[URLPattern] = [
    path("contacts/", contacts.contacts, name="api_contacts"),
    path("contacts/bulk/", contacts.contacts_bulk, name="api_contacts_bulk"),
    path("contacts/find/", contacts.contacts_find, name="api_contacts_find"),
    path("contacts/<int:contact>/", contacts.contact, name="api_contact"),
    path("contacts/<int:contact>/points/", contacts.points, name="api_points"),
    path("points/<int:point>/end/", contacts.point_end, name="api_point_end"),
    path("consents/", consents.consents, name="api_consents"),
    path("consents/bulk/", consents.consents_bulk, name="api_consents_bulk"),
    path("consents/<int:consent>/", consents.consent, name="api_consent"),
    path("consents/<int:consent>/revoke/", consents.consent_revoke, name="api_consent_revoke"),
    path("imports/", imports.imports, name="api_imports"),
    path("imports/<int:import_id>/", imports.one_import, name="api_import"),
    path("imports/<int:import_id>/lines/", imports.import_lines, name="api_import_lines"),
    path("suppressions/", suppressions.suppressions, name="api_suppressions"),
    path("suppressions/bulk/", suppressions.suppressions_bulk, name="api_suppressions_bulk"),
    path("suppressions/<int:suppression>/", suppressions.suppression, name="api_suppression"),
    path("purpose-opt-outs/", suppressions.purpose_opt_outs, name="api_suppressions_of_a_purpose"),
]
