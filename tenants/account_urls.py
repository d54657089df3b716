"""Sign-in, sign-out, forgotten password, second factor, sessions: the parts of allauth that are used, and no more."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.usersessions import views as sessions
from django.urls import path, re_path

from tenants import account_pages
from tenants.access import own_account, public

urlpatterns = [
    path("login/", public(account.login), name="account_login"),
    path("logout/", public(account.logout), name="account_logout"),
    path("inactive/", public(account.account_inactive), name="account_inactive"),
    # allauth names this address on its sign-in page; the adapter keeps it closed.
    path("signup/", public(account.signup), name="account_signup"),
    path("reauthenticate/", own_account(account.reauthenticate), name="account_reauthenticate"),
    path("email/", account_pages.address, name="account_email"),
    path("confirm-email/", public(account.email_verification_sent), name="account_email_verification_sent"),
    path("password/change/", own_account(account.password_change), name="account_change_password"),
    path("password/set/", own_account(account.password_set), name="account_set_password"),
    path("password/reset/", public(account.password_reset), name="account_reset_password"),
    path("password/reset/done/", public(account.password_reset_done), name="account_reset_password_done"),
    # The key holds a dash itself: only the first one parts the two.
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        public(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        public(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    path("2fa/", own_account(mfa.index), name="mfa_index"),
    path("2fa/authenticate/", public(mfa.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", own_account(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", own_account(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", own_account(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/codes/", own_account(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "2fa/codes/generate/", own_account(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"
    ),
    path(
        "2fa/codes/download/", own_account(codes.download_recovery_codes), name="mfa_download_recovery_codes"
    ),
    path("sessions/", own_account(sessions.list_usersessions), name="usersessions_list"),
]
