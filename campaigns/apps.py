from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"

    def ready(self) -> None:
        """Connect what proves the record from outside it."""
        from campaigns import approval_documents
        from tenants import sealing_check

        sealing_check.also_in(approval_documents.blocks_told)
