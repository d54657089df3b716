"""What the record is about, in plain words: by which a reader narrows it. Every verb that `audit.record` writes lies in one area."""

from __future__ import annotations

from django.db.models import Q

# By the name in the address: what a reader chooses, and how the verbs of it begin. In the order of the list.
AREAS: dict[str, tuple[str, tuple[str, ...]]] = {
    "agreement": ("Agreements and companies", ("agreement", "company")),
    "api": ("API keys and listening systems", ("api", "api_key", "listener")),
    "booking": ("Appointments", ("booking", "bookings", "booking_hook")),
    "approval": ("Approvals and signing", ("approval",)),
    "campaign": ("Campaigns", ("campaign", "step", "launch", "dry_run", "reasons")),
    "consent": ("Consents, sign-up forms, keywords", ("consent", "signup", "keyword")),
    "contact": ("Contacts", ("contact", "contacts")),
    "evidence": ("Evidence packs", ("evidence",)),
    "list": ("Lists", ("list", "list_source")),
    "message": ("Messages and providers’ answers", ("message", "messages", "ledger", "webhook")),
    "numbers": ("Numbers looked up, do-not-call registry", ("numbers", "registry")),
    "address": ("Opt-outs and coming back", ("address", "opt_outs", "suppression")),
    "member": ("People with access", ("member", "invitation", "access", "second_factor")),
    "reply": ("Replies, answers, pictures", ("reply", "answers", "inbox", "picture")),
    "reports": ("Reports by mail", ("reports",)),
    "retention": ("Retention, holds, erasing", ("retention", "hold", "data")),
    "template": ("Saved words and audiences", ("template", "audience", "ready_words")),
    "sender": ("Senders and provider accounts", ("sender", "provider_account", "domain", "registration", "canary", "seed")),
    "client": ("The practice and its settings", ("client", "location", "postal_address", "brand")),
    "records": ("The record itself", ("records",)),
}  # fmt: skip
CHOICES = [(name, label) for name, (label, _) in AREAS.items()]


def within(area: str) -> Q:
    """A condition on audit events: they lie in this area."""
    found = Q()
    for begins in AREAS[area][1]:
        found |= Q(verb__startswith=f"{begins}.")
    return found
