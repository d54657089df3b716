"""Addresses of this room."""

from django.urls import URLPattern, path

from campaigns import (
    approval_pages,
    audience_pages,
    campaign_pages,
    comment_pages,
    note_pages,
    review_answers,
    review_pages,
    signing_pages,
    step_pages,
    template_pages,
    version_pages,
    wording_pages,
)
from campaigns.api import booking_hook
from campaigns.bookings import hook_pages as booking_hook_pages
from campaigns.bookings import pages as booking_pages

ONE = "c/<slug:client>/campaigns/<int:campaign>/"

urlpatterns: list[URLPattern] = [
    path("c/<slug:client>/campaigns/", campaign_pages.campaigns, name="campaigns"),
    path("c/<slug:client>/campaigns/new/", campaign_pages.campaign_new, name="campaign_new"),
    path("c/<slug:client>/campaigns/templates/", template_pages.templates, name="templates"),
    path("c/<slug:client>/campaigns/templates/<int:template>/", template_pages.template, name="template"),
    path(
        "c/<slug:client>/campaigns/templates/<int:template>/delete/",
        template_pages.template_delete,
        name="template_delete",
    ),
    path("c/<slug:client>/campaigns/templates/<slug:key>/", template_pages.starter, name="starter"),
    path(ONE, campaign_pages.campaign, name="campaign"),
    path("c/<slug:client>/audiences/", audience_pages.audiences, name="audiences"),
    path(
        "c/<slug:client>/audiences/<int:audience>/delete/",
        audience_pages.audience_delete,
        name="audience_delete",
    ),
    path(ONE + "assign/", note_pages.campaign_assign, name="campaign_assign"),
    path(ONE + "notes/", note_pages.note_new, name="note_new"),
    path(ONE + "notes/<int:note>/delete/", note_pages.note_delete, name="note_delete"),
    path(ONE + "audience/use/", audience_pages.audience_use, name="audience_use"),
    path(ONE + "audience/keep/", audience_pages.audience_keep, name="audience_keep"),
    path(ONE + "template/", template_pages.template_new, name="template_new"),
    path(ONE + "rule/", campaign_pages.campaign_rule, name="campaign_rule"),
    path(ONE + "copy/", campaign_pages.campaign_copy, name="campaign_copy"),
    path(ONE + "archive/", campaign_pages.campaign_archive, name="campaign_archive"),
    path(ONE + "steps/new/", step_pages.step_new, name="step_new"),
    path(ONE + "steps/<int:step>/", step_pages.step, name="step"),
    path(ONE + "steps/<int:step>/second/", wording_pages.step_second, name="step_second"),
    path(
        ONE + "steps/<int:step>/second/remove/", wording_pages.step_second_remove, name="step_second_remove"
    ),
    path(ONE + "steps/<int:step>/spanish/", wording_pages.step_spanish, name="step_spanish"),
    path(
        ONE + "steps/<int:step>/spanish/remove/",
        wording_pages.step_spanish_remove,
        name="step_spanish_remove",
    ),
    path(ONE + "steps/<int:step>/move/", step_pages.step_move, name="step_move"),
    path(ONE + "steps/<int:step>/remove/", step_pages.step_remove, name="step_remove"),
    path(ONE + "steps/<int:step>/preview/", step_pages.preview, name="preview"),
    path(ONE + "steps/<int:step>/preview/<str:key>/", step_pages.preview_mail, name="preview_mail"),
    path(ONE + "versions/", version_pages.versions, name="versions"),
    path(ONE + "approval/", approval_pages.approval_status, name="approval_status"),
    path(ONE + "approval/resend/", approval_pages.approval_resend, name="approval_resend"),
    path(ONE + "approval/take-back/", approval_pages.approval_take_back, name="approval_take_back"),
    path(ONE + "approval/review/", approval_pages.approval_review_here, name="approval_review_here"),
    path(
        ONE + "approval/<int:approval_id>/withdraw/",
        approval_pages.approval_withdraw,
        name="approval_withdraw",
    ),
    path(
        ONE + "approval/<int:approval_id>/document/",
        approval_pages.approval_document,
        name="approval_document",
    ),
    path("c/<slug:client>/bookings/", booking_pages.bookings, name="bookings"),
    path("hooks/bookings/<str:public_id>", booking_hook.hook_bookings, name="hook_bookings"),
    path("c/<slug:client>/bookings/systems/", booking_hook_pages.booking_hooks, name="booking_hooks"),
    path(
        "c/<slug:client>/bookings/systems/<int:booking_hook>/",
        booking_hook_pages.booking_hook,
        name="booking_hook",
    ),
    path(
        "c/<slug:client>/bookings/systems/<int:booking_hook>/secret/",
        booking_hook_pages.booking_hook_secret,
        name="booking_hook_secret",
    ),
    path(
        "c/<slug:client>/bookings/systems/<int:booking_hook>/end/",
        booking_hook_pages.booking_hook_end,
        name="booking_hook_end",
    ),
    path("c/<slug:client>/bookings/find/", booking_pages.booking_search, name="booking_search"),
    path("c/<slug:client>/bookings/new/", booking_pages.booking_new, name="booking_new"),
    path(
        "c/<slug:client>/bookings/files/<int:booking_file>/", booking_pages.booking_file, name="booking_file"
    ),
    path(
        "c/<slug:client>/bookings/files/<int:booking_file>/report/",
        booking_pages.booking_report,
        name="booking_report",
    ),
    path(
        ONE + "comments/<int:comment>/answer/",
        comment_pages.comment_answer,
        name="comment_answer",
    ),
    path(
        ONE + "comments/<int:comment>/settle/",
        comment_pages.comment_resolve,
        name="comment_resolve",
    ),
    path("c/<slug:client>/signing/", signing_pages.signing_page, name="signing"),
    path("c/<slug:client>/signing/rule/", signing_pages.signing_rule, name="signing_rule"),
    path("c/<slug:client>/signing/additions/", signing_pages.signing_additions, name="signing_additions"),
    path("c/<slug:client>/signing/fewer/<int:wish>/", signing_pages.fewer_answer, name="fewer_answer"),
    path("c/<slug:client>/signing/delegates/", signing_pages.delegate_new, name="delegate_new"),
    path(
        "c/<slug:client>/signing/delegates/<int:delegation>/end/",
        signing_pages.delegate_end,
        name="delegate_end",
    ),
    path("a/<str:token>/", review_pages.review, name="review"),
    path("a/<str:token>/code/", review_pages.review_code, name="review_code"),
    path("a/<str:token>/open/", review_pages.review_open, name="review_open"),
    path("a/<str:token>/sign/", review_answers.review_sign, name="review_sign"),
    path("a/<str:token>/change/", review_answers.review_object, name="review_object"),
    path("a/<str:token>/comment/", review_answers.review_comment, name="review_comment"),
    path("a/<str:token>/withdraw/", review_answers.review_withdraw, name="review_withdraw"),
    path("a/<str:token>/document/", review_answers.review_document, name="review_document"),
    path("a/<str:token>/mail/<int:position>/", review_answers.review_mail, name="review_mail"),
]
