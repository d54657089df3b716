"""Addresses of this room."""

from django.urls import URLPattern, path

from compliance.pages import (
    agreements,
    approval_request,
    cleaning,
    do_not_call,
    dry_run,
    flight_check,
    lookups,
    readiness,
    reasons,
    rulebook,
    senders,
    setting_up,
    stops,
)

CLIENT = "c/<slug:client>/"
READINESS = CLIENT + "readiness/"
CAMPAIGN = CLIENT + "campaigns/<int:campaign>/"

urlpatterns: list[URLPattern] = [
    path("rulebook/", rulebook.rulebook, name="rulebook"),
    path("stop/", stops.stop_everything, name="stop_everything"),
    path("stop/panel/", stops.everything, name="everything"),
    path("stop/release/", stops.release_everything, name="release_everything"),
    path(CLIENT + "set-up/", setting_up.setting_up, name="setting_up"),
    path(READINESS, readiness.readiness, name="readiness"),
    path(READINESS + "strip/", readiness.strip, name="readiness_strip"),
    path(READINESS + "light/", readiness.light, name="readiness_light"),
    path(READINESS + "history/", readiness.history, name="fact_history"),
    path(READINESS + "domains/check/", readiness.check_domain, name="check_domain"),
    path(READINESS + "numbers/<int:sender>/check/", readiness.check_number, name="check_number"),
    path(READINESS + "agreements/new/", agreements.new, name="agreement_new"),
    path(READINESS + "companies/new/", agreements.company, name="company_new"),
    path(READINESS + "companies/<int:company>/end/", agreements.company_end, name="company_end"),
    path(READINESS + "agreements/<int:agreement>/file/", agreements.file, name="agreement_file"),
    path(READINESS + "agreements/<int:agreement>/withdraw/", agreements.withdraw, name="agreement_withdraw"),
    path(READINESS + "address/", agreements.address, name="postal_address"),
    path(READINESS + "certificate/", agreements.certificate, name="list_certificate"),
    path(READINESS + "cleaning/", cleaning.cleaning, name="cleaning"),
    path(READINESS + "do-not-call/", do_not_call.registry, name="do_not_call"),
    path(READINESS + "look-up/", lookups.look_up, name="look_up"),
    path(READINESS + "senders/<str:channel>/new/", senders.new, name="sender_new"),
    path(READINESS + "senders/<int:sender>/end/", senders.end, name="sender_end"),
    path(READINESS + "accounts/<str:provider>/", senders.account, name="provider_account"),
    path(READINESS + "accounts/<str:provider>/test/", senders.test_account, name="provider_account_test"),
    path(CLIENT + "stop/", stops.stop_client, name="stop_client"),
    path(CLIENT + "stop/release/", stops.release_client, name="release_client"),
    path(CLIENT + "stop/strip/", stops.strip, name="stop_strip"),
    path(CAMPAIGN + "flight-check/", flight_check.flight_check, name="flight_check"),
    path(CAMPAIGN + "audience/", flight_check.audience_funnel, name="audience_funnel"),
    path(CAMPAIGN + "dry-run/", dry_run.dry_run, name="dry_run"),
    path(CAMPAIGN + "findings/", flight_check.content_findings, name="content_findings"),
    path(CAMPAIGN + "reasons/<str:code>/", reasons.reasons, name="reasons"),
    path(CAMPAIGN + "reasons/<str:code>/file/", reasons.reasons_file, name="reasons_file"),
    path(CAMPAIGN + "ask-approval/", approval_request.ask_approval, name="ask_approval"),
    path(CAMPAIGN + "pause/", stops.pause, name="pause"),
    path(CAMPAIGN + "release/", stops.release, name="release"),
]
