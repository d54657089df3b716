from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"

    def ready(self) -> None:
        """Connect what notes sign-ins; codes of authenticator apps go by the database's clock."""
        from allauth.mfa.totp.internal import auth

        from tenants import one_time_codes, sign_in_records  # noqa: F401

        auth.yield_hotp_counters_from_time = one_time_codes.taken_now
