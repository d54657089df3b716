from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        from campaigns import state
        from compliance import data_plan, stopping
        from messaging import in_hand, running
        from messaging.evidence import purging

        state.register(running.told)
        data_plan.register(purging.told)
        stopping.register(in_hand.over)
