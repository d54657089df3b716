from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        from campaigns import state
        from messaging import running

        state.register(running.told)
