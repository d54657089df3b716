"""Addresses of this room."""

from django.urls import URLPattern, path

from messaging import (
    calendar_pages,
    canary_pages,
    contact_pages,
    decisions,
    help_pages,
    inbox_pages,
    launch_pages,
    life_pages,
    live_pages,
    needed_pages,
    people_pages,
    rates_pages,
    ready_words_pages,
    schedule_pages,
    seed_mails,
    standstill_pages,
    test_send,
    thread_pages,
    webhooks,
    why_pages,
)
from messaging.duplicates import pages as duplicate_pages
from messaging.ending import pages as ending_pages
from messaging.evidence import disclosure_pages, retention_pages
from messaging.evidence import pages as evidence_pages
from messaging.listeners import pages as listener_pages
from messaging.pictures import pages as picture_pages
from messaging.reports import mail_pages, usage_pages
from messaging.reports import pages as report_pages

ONE = "c/<slug:client>/campaigns/<int:campaign>/"
LISTENERS = "c/<slug:client>/settings/listeners/"

urlpatterns: list[URLPattern] = [
    path("hooks/twilio/<str:token>/status", webhooks.twilio_status, name="hook_twilio_status"),
    path("hooks/twilio/<str:token>/inbound", webhooks.twilio_inbound, name="hook_twilio_inbound"),
    path("hooks/sendgrid/<str:token>", webhooks.sendgrid, name="hook_sendgrid"),
    path("hooks/smtp/<str:token>", webhooks.smtp, name="hook_smtp"),
    path("c/<slug:client>/readiness/canaries/", canary_pages.canaries, name="canaries"),
    path("c/<slug:client>/readiness/seed-mails/", seed_mails.seed_mails, name="seed_mails"),
    path("bell/", inbox_pages.bell, name="bell"),
    path("help/", help_pages.help_page, name="help"),
    path("help/keyboard/", help_pages.keyboard, name="keyboard"),
    path("help/changes/", help_pages.changes, name="changes"),
    path("needed/", needed_pages.needed_everywhere, name="needed_everywhere"),
    path("calendar/", calendar_pages.calendar, name="calendar"),
    path("c/<slug:client>/calendar/", calendar_pages.client_calendar, name="client_calendar"),
    path("usage/", usage_pages.usage_of_month, name="usage"),
    path("usage/file/", usage_pages.usage_file, name="usage_file"),
    path("c/<slug:client>/reports/", mail_pages.reports, name="reports"),
    path("c/<slug:client>/inbox/", inbox_pages.inbox, name="inbox"),
    path("c/<slug:client>/inbox/find/", inbox_pages.inbox_search, name="inbox_search"),
    path("c/<slug:client>/inbox/<int:reply>/", thread_pages.thread, name="thread"),
    path("c/<slug:client>/inbox/<int:reply>/answer/", thread_pages.answer, name="answer"),
    path("c/<slug:client>/inbox/<int:reply>/assign/", thread_pages.assign, name="assign_reply"),
    path("c/<slug:client>/ready-words/", ready_words_pages.ready_words_page, name="ready_words"),
    path(
        "c/<slug:client>/ready-words/<int:ready>/end/",
        ready_words_pages.ready_words_end,
        name="ready_words_end",
    ),
    path("c/<slug:client>/inbox/<int:reply>/resolve/", decisions.resolve, name="resolve_reply"),
    path("c/<slug:client>/inbox/<int:reply>/pictures/<int:picture>/", picture_pages.picture, name="picture"),
    path(LISTENERS, listener_pages.listeners, name="listeners"),
    path(LISTENERS + "<int:listener>/", listener_pages.listener, name="listener"),
    path(LISTENERS + "<int:listener>/try/", listener_pages.listener_try, name="listener_try"),
    path(LISTENERS + "<int:listener>/end/", listener_pages.listener_end, name="listener_end"),
    path(LISTENERS + "<int:listener>/<int:telling>/", listener_pages.telling, name="telling"),
    path(
        LISTENERS + "<int:listener>/<int:telling>/again/", listener_pages.telling_again, name="telling_again"
    ),
    path("c/<slug:client>/contacts/twice/", duplicate_pages.duplicates, name="duplicates"),
    path("c/<slug:client>/contacts/<int:contact>/join/<int:other>/", duplicate_pages.join, name="join"),
    path("c/<slug:client>/contacts/joined/<int:merge>/part/", duplicate_pages.part_again, name="part"),
    path("c/<slug:client>/evidence/", evidence_pages.evidence, name="evidence"),
    path("c/<slug:client>/evidence/<int:pack>/file/", evidence_pages.evidence_file, name="evidence_file"),
    path(
        "c/<slug:client>/contacts/<int:contact>/evidence/",
        evidence_pages.evidence_of_contact,
        name="evidence_of_contact",
    ),
    path(
        "c/<slug:client>/contacts/<int:contact>/disclosures/",
        disclosure_pages.disclosures_of_contact,
        name="disclosures",
    ),
    path(
        "c/<slug:client>/contacts/<int:contact>/disclosures/file/",
        disclosure_pages.disclosures_file,
        name="disclosures_file",
    ),
    path("c/<slug:client>/contacts/<int:contact>/erase/", evidence_pages.erase_person, name="erase"),
    path("c/<slug:client>/retention/", retention_pages.retention, name="retention"),
    path("c/<slug:client>/retention/days/", retention_pages.retention_set, name="retention_set"),
    path("c/<slug:client>/retention/holds/", retention_pages.hold_new, name="hold_new"),
    path("c/<slug:client>/retention/holds/<int:hold>/end/", retention_pages.hold_end, name="hold_end"),
    path("c/<slug:client>/ending/", ending_pages.ending, name="ending"),
    path("c/<slug:client>/ending/export/", ending_pages.ending_export, name="ending_export"),
    path("c/<slug:client>/ending/ask/", ending_pages.ending_ask, name="ending_ask"),
    path("c/<slug:client>/ending/take-back/", ending_pages.ending_withdraw, name="ending_withdraw"),
    path("c/<slug:client>/ending/agree/", ending_pages.ending_agree, name="ending_agree"),
    path(ONE + "launch/later/", schedule_pages.launch_later, name="launch_later"),
    path(ONE + "launch/call-off/", schedule_pages.launch_call_off, name="launch_call_off"),
    path(ONE + "launch/", launch_pages.launch, name="launch"),
    path(ONE + "launch/numbers/", launch_pages.launch_numbers, name="launch_numbers"),
    path(ONE + "live/", live_pages.live, name="live"),
    path(ONE + "live/numbers/", live_pages.live_numbers, name="live_numbers"),
    path(ONE + "live/chart/", live_pages.live_chart, name="live_chart"),
    path(ONE + "live/rates/", rates_pages.live_rates, name="live_rates"),
    path("c/<slug:client>/rates/", rates_pages.rates, name="rates"),
    path(ONE + "waits/", standstill_pages.campaign_waits, name="campaign_waits"),
    path(ONE + "live/people/", people_pages.live_people, name="live_people"),
    path(ONE + "live/people/file/", people_pages.live_people_file, name="live_people_file"),
    path("c/<slug:client>/campaigns/compare/", report_pages.campaign_compare, name="campaign_compare"),
    path(ONE + "report/", report_pages.campaign_report, name="campaign_report"),
    path(ONE + "report/file/", report_pages.campaign_report_pdf, name="campaign_report_pdf"),
    path(ONE + "stop-for-good/", live_pages.stop_for_good, name="stop_for_good"),
    path(ONE + "steps/<int:step>/test/", test_send.test_send, name="test_send"),
    path("c/<slug:client>/messages/<int:message>/resolve/", live_pages.resolve, name="resolve"),
    path("c/<slug:client>/this-month/", usage_pages.month_strip, name="month_strip"),
    path("c/<slug:client>/running/", live_pages.running_strip, name="running_strip"),
    path("c/<slug:client>/needed/", needed_pages.needed_here, name="needed_here"),
    path("c/<slug:client>/row/", rates_pages.client_row, name="client_row"),
    path("c/<slug:client>/why/<int:message>/", why_pages.why_message, name="why_message"),
    path("c/<slug:client>/why/<int:message>/now/", why_pages.why_now, name="why_now"),
    path("c/<slug:client>/contacts/<int:contact>/why/", why_pages.why_contact, name="why_contact"),
    path("c/<slug:client>/contacts/<int:contact>/life/", life_pages.contact_life, name="contact_life"),
    path("c/<slug:client>/contacts/<int:contact>/gate/", contact_pages.contact_gate, name="contact_gate"),
]
