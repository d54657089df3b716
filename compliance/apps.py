from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "compliance"

    def ready(self) -> None:
        from campaigns import state
        from compliance import stopping

        state.register(stopping.told)
