from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"

    def ready(self) -> None:
        """Connect what notes sign-ins."""
        from tenants import sign_in_records  # noqa: F401
