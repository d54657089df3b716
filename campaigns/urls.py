"""Addresses of this room."""

from django.urls import URLPattern, path

from campaigns import campaign_pages, step_pages

ONE = "c/<slug:client>/campaigns/<int:campaign>/"

urlpatterns: list[URLPattern] = [
    path("c/<slug:client>/campaigns/", campaign_pages.campaigns, name="campaigns"),
    path("c/<slug:client>/campaigns/new/", campaign_pages.campaign_new, name="campaign_new"),
    path(ONE, campaign_pages.campaign, name="campaign"),
    path(ONE + "rule/", campaign_pages.campaign_rule, name="campaign_rule"),
    path(ONE + "copy/", campaign_pages.campaign_copy, name="campaign_copy"),
    path(ONE + "archive/", campaign_pages.campaign_archive, name="campaign_archive"),
    path(ONE + "steps/new/", step_pages.step_new, name="step_new"),
    path(ONE + "steps/<int:step>/", step_pages.step, name="step"),
    path(ONE + "steps/<int:step>/move/", step_pages.step_move, name="step_move"),
    path(ONE + "steps/<int:step>/remove/", step_pages.step_remove, name="step_remove"),
    path(ONE + "steps/<int:step>/preview/", step_pages.preview, name="preview"),
    path(ONE + "steps/<int:step>/preview/<str:key>/", step_pages.preview_mail, name="preview_mail"),
]
