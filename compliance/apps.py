from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "compliance"

    def ready(self) -> None:
        from campaigns import state
        from compliance import following, stopping
        from tenants import changes

        state.register(stopping.told)
        changes.follow(following.after_change)
