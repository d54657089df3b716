"""Addresses of this room."""

from django.urls import URLPattern, path

from consent import (
    bulk_pages,
    confirm_pages,
    consent_page,
    contact_new_page,
    contact_page,
    contact_pages,
    import_pages,
    keyword_pages,
    mark_pages,
    matrix_page,
    opt_out_pages,
    signup_pages,
    unsubscribe_pages,
)
from consent.list_sources import pages as source_pages

LIST = "c/<slug:client>/opt-outs/lists/<int:opt_out_list>/"

SOURCE = "c/<slug:client>/imports/sources/<int:source>/"

urlpatterns: list[URLPattern] = [
    path("c/<slug:client>/imports/sources/", source_pages.list_sources, name="list_sources"),
    path(SOURCE, source_pages.list_source, name="list_source"),
    path(SOURCE + "look/", source_pages.list_source_look, name="list_source_look"),
    path(SOURCE + "statement/", source_pages.list_source_state, name="list_source_state"),
    path(SOURCE + "end/", source_pages.list_source_end, name="list_source_end"),
    path("find/", contact_pages.find, name="find"),
    path("c/<slug:client>/contacts/", contact_pages.contacts, name="contacts"),
    path("c/<slug:client>/contacts/new/", contact_new_page.contact_new, name="contact_new"),
    path("c/<slug:client>/contacts/search/", contact_pages.contact_search, name="contact_search"),
    path("c/<slug:client>/contacts/file/", contact_pages.contacts_file, name="contacts_file"),
    path("c/<slug:client>/contacts/together/", bulk_pages.together, name="together"),
    path("c/<slug:client>/contacts/strip/", contact_pages.contacts_strip, name="contacts_strip"),
    path("c/<slug:client>/consents/", matrix_page.consent_matrix, name="consent_matrix"),
    path("c/<slug:client>/consents/file/", matrix_page.consent_matrix_file, name="consent_matrix_file"),
    path("c/<slug:client>/contacts/<int:contact>/", contact_page.contact, name="contact"),
    path("c/<slug:client>/contacts/<int:contact>/opt-out/", contact_page.opt_out, name="opt_out"),
    path("c/<slug:client>/contacts/<int:contact>/consent/", consent_page.consent_new, name="consent_new"),
    path(
        "c/<slug:client>/contacts/<int:contact>/consents/<int:consent>/revoke/",
        consent_page.consent_revoke,
        name="consent_revoke",
    ),
    path(
        "c/<slug:client>/contacts/<int:contact>/consents/<int:consent>/scan/",
        consent_page.consent_scan,
        name="consent_scan",
    ),
    path("c/<slug:client>/contacts/<int:contact>/mark/", mark_pages.contact_mark, name="contact_mark"),
    path("c/<slug:client>/contacts/<int:contact>/pause/", contact_page.contact_pause, name="contact_pause"),
    path(
        "c/<slug:client>/contacts/<int:contact>/release/",
        contact_page.contact_release,
        name="contact_release",
    ),
    path("c/<slug:client>/imports/", import_pages.imports, name="imports"),
    path("c/<slug:client>/imports/new/", import_pages.import_new, name="import_new"),
    path("c/<slug:client>/imports/<int:import_id>/", import_pages.import_page, name="import"),
    path(
        "c/<slug:client>/imports/<int:import_id>/progress/",
        import_pages.import_progress,
        name="import_progress",
    ),
    path(
        "c/<slug:client>/imports/<int:import_id>/columns/", import_pages.import_columns, name="import_columns"
    ),
    path("c/<slug:client>/imports/<int:import_id>/go/", import_pages.import_go, name="import_go"),
    path("c/<slug:client>/imports/<int:import_id>/go-on/", import_pages.import_go_on, name="import_go_on"),
    path(
        "c/<slug:client>/imports/<int:import_id>/discard/", import_pages.import_discard, name="import_discard"
    ),
    path("c/<slug:client>/imports/<int:import_id>/undo/", import_pages.import_undo, name="import_undo"),
    path("c/<slug:client>/imports/<int:import_id>/report/", import_pages.import_report, name="import_report"),
    path("c/<slug:client>/opt-outs/", opt_out_pages.opt_outs, name="opt_outs"),
    path("c/<slug:client>/opt-outs/bring/", opt_out_pages.opt_outs_bring, name="opt_outs_bring"),
    path("c/<slug:client>/opt-outs/file/", opt_out_pages.opt_outs_file, name="opt_outs_file"),
    path(LIST, opt_out_pages.opt_out_list, name="opt_out_list"),
    path(LIST + "go/", opt_out_pages.opt_out_list_go, name="opt_out_list_go"),
    path(LIST + "discard/", opt_out_pages.opt_out_list_discard, name="opt_out_list_discard"),
    path(LIST + "report/", opt_out_pages.opt_out_list_report, name="opt_out_list_report"),
    path("c/<slug:client>/sign-up/", signup_pages.signup_forms, name="signup_forms"),
    path("c/<slug:client>/sign-up/<int:signup>/", signup_pages.signup_wording, name="signup_wording"),
    path("c/<slug:client>/sign-up/<int:signup>/close/", signup_pages.signup_close, name="signup_close"),
    path("c/<slug:client>/keywords/", keyword_pages.keywords, name="keywords"),
    path("c/<slug:client>/keywords/<int:keyword>/", keyword_pages.keyword_poster, name="keyword_poster"),
    path("c/<slug:client>/keywords/<int:keyword>/close/", keyword_pages.keyword_close, name="keyword_close"),
    path("s/<str:form>/", signup_pages.sign_up, name="sign_up"),
    path("confirm-mail/<str:token>/", confirm_pages.confirm_mail, name="confirm_mail"),
    path("u/<str:token>/", unsubscribe_pages.unsubscribe, name="unsubscribe"),
]
