"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from tenants import (
    access_pages,
    api_key_pages,
    brand_pages,
    client_pages,
    emergency_pages,
    home_pages,
    invitation_pages,
    mail_choices,
    masking_pages,
    people_pages,
    records_pages,
    team_pages,
    tour,
)

urlpatterns: list[URLPattern] = [
    path("", home_pages.home, name="home"),
    path("mails/", mail_choices.mail_choices, name="mail_choices"),
    path("tour/", tour.tour, name="tour"),
    path("team/", team_pages.team, name="team"),
    path("team/invite/", team_pages.team_invite, name="team_invite"),
    path("team/questions/", team_pages.team_questions, name="team_questions"),
    path("team/test-phone/", team_pages.team_test_phone, name="team_test_phone"),
    path("team/invitations/<int:invitation>/again/", team_pages.team_invite_again, name="team_invite_again"),
    path("team/invitations/<int:invitation>/withdraw/", team_pages.team_withdraw, name="team_withdraw"),
    path("team/members/<int:member>/end/", team_pages.team_end, name="team_end"),
    path("team/members/<int:member>/second-factor/", team_pages.team_factor, name="team_factor"),
    path("invitation/<str:token>/", invitation_pages.invitation, name="invitation"),
    path("clients/new/", client_pages.client_new, name="client_new"),
    path("c/<slug:client>/", client_pages.overview, name="client"),
    path("c/<slug:client>/settings/", client_pages.settings, name="settings"),
    path("c/<slug:client>/settings/brand/", brand_pages.brand, name="brand"),
    path("brand/<str:key>/style.css", brand_pages.brand_style, name="brand_style"),
    path("brand/<str:key>/logo.png", brand_pages.brand_logo, name="brand_logo"),
    path("c/<slug:client>/settings/covered/", client_pages.covered, name="covered"),
    path("c/<slug:client>/settings/locations/", client_pages.location_new, name="location_new"),
    path("c/<slug:client>/settings/locations/<int:location>/", client_pages.location, name="location"),
    path("c/<slug:client>/settings/people/invite/", people_pages.person_invite, name="person_invite"),
    path(
        "c/<slug:client>/settings/people/invitations/<int:invitation>/again/",
        people_pages.person_invite_again,
        name="person_invite_again",
    ),
    path(
        "c/<slug:client>/settings/people/invitations/<int:invitation>/withdraw/",
        people_pages.person_withdraw,
        name="person_withdraw",
    ),
    path("c/<slug:client>/settings/people/<int:member>/end/", people_pages.person_end, name="person_end"),
    path("c/<slug:client>/settings/keys/", api_key_pages.api_keys, name="api_keys"),
    path("c/<slug:client>/settings/keys/<int:token>/end/", api_key_pages.api_key_end, name="api_key_end"),
    path("c/<slug:client>/clear/", masking_pages.clear_show, name="clear_show"),
    path("c/<slug:client>/clear/end/", masking_pages.clear_hide, name="clear_hide"),
    path("c/<slug:client>/records/access/", access_pages.access_report, name="access_report"),
    path("c/<slug:client>/records/access/file/", access_pages.access_report_file, name="access_report_file"),
    path("emergency/", emergency_pages.emergency_ask, name="emergency_ask"),
    path(
        "c/<slug:client>/emergency/<int:emergency_access>/grant/",
        emergency_pages.emergency_grant,
        name="emergency_grant",
    ),
    path(
        "c/<slug:client>/emergency/<int:emergency_access>/end/",
        emergency_pages.emergency_end,
        name="emergency_end",
    ),
    path("c/<slug:client>/records/", records_pages.records, name="records"),
    path("c/<slug:client>/records/file/", records_pages.records_file, name="records_file"),
]
