"""What each check of the gate is called on pages, and what it says when it is met."""

from __future__ import annotations

# What a check is called, and what it says when it is met. Its sentence for a refusal is its own.
TITLES = {
    "opted_out": ("Opt-outs", "No address here opted out."),
    "unconfirmable": ("Confirmations of opt-outs", "No message of a campaign confirms an opt-out."),
    "left_campaign": ("Opt-outs on another channel", "Nobody here left this campaign."),
    "opted_out_of_purpose": ("Kinds of messages", "Every address here may have messages of this kind."),
    "left_kind": (
        "Kinds of messages on another channel",
        "Nobody here left this kind while the campaign ran.",
    ),
    "unsafe_address": ("Unsafe addresses", "No address here is known to be unsafe."),
    "no_address": ("Working address", "Everyone here has a working address."),
    "doubtful_address": ("Shared and throw-away addresses", "Every mail address here is one person's own."),
    "no_mail_server": (
        "Mail domains",
        "No mail address here is known to be at a domain without a mail server.",
    ),
    "mail_domain_unknown": ("Mail domains looked up", "Every mail domain here was looked up."),
    "deceased": ("Deceased", "Nobody here has died, as far as we know."),
    "minor": ("Minors", "No minor is written to but at an address of their guardian."),
    "came_back": ("Back already", "Nobody here has visited since the launch."),
    "booked": ("Booked already", "Nobody here has booked since the launch, or has an appointment ahead."),
    "left_label": (
        "Label",
        "Everyone here bears a label of this evergreen campaign, or it is for every label.",
    ),
    "held_out": ("Held out", "Nobody is held out of this campaign."),
    "no_consent": ("Consent", "Everyone here gave a consent that is enough."),
    "unasked": ("Answers", "Nobody here is written to in answer to what they wrote."),
    "not_asked_for": (
        "What was asked for",
        "The number is for every consent, or everyone here said what they asked to have.",
    ),
    "consent_too_old": (
        "Age of consent",
        "Everyone here consented on a known day, or was seen, within 36 months.",
    ),
    "texas_in_writing": ("Texas", "Nobody here needs a signed consent that is missing."),
    "maine_looked_up": ("Maine", "Nobody here needs Maine's look-up among reassigned numbers."),
    "landline": ("Landlines", "No number here is known to take no texts."),
    "reassigned": ("Numbers that changed hands", "No number here is known to be somebody else's now."),
    "given_up": ("Numbers taken back", "No number here was taken back by its carrier."),
    "owner_unknown": ("Owner of the number", "Nobody here needs a look-up of the number's owner."),
    "do_not_call": ("Do-not-call registry", "Nobody here is listed, or each may be texted all the same."),
    "do_not_call_unknown": ("Looked up in the registry", "Every number here was looked up, or need not be."),
    "health_policy_missing": ("Washington and Nevada", "The health data policy is named, or not needed."),
    "missing_words": ("Merge fields", "Every merge field has a value for everyone."),
    "paused_person": ("Replies to be read", "Nobody here waits for a member to read a reply."),
    "unread_reply": (
        "Addresses to be read",
        "Nobody wrote from an address here what a member should read first.",
    ),
    "list_not_ready": ("Import finished", "Every list is imported to its end."),
    "not_approved": ("The client's signature", "The client signed exactly this campaign."),
    "audience_grew": (
        "As many as signed for",
        "No more than a tenth more people than the client signed for.",
    ),
    "words_not_reviewed": ("Review of the words", "The words passed the review."),
    "warning_unanswered": ("Warnings answered", "Every warning has somebody's reason, or there is none."),
    "no_statement": ("Data-handling plan", "Stated by name for exactly this campaign."),
    "paid_by_others": ("Paid by a third party", "Nobody else pays for this message."),
    "paid_in_california": (
        "Paid by a third party, California",
        "Nobody else pays for this message, or nobody here may be in California.",
    ),
    "covered_unset": ("HIPAA question answered", "It is answered whether HIPAA covers this client."),
    "no_baa": ("Business associate agreement", "In force, or not needed."),
    "provider_not_allowed": (
        "Provider may carry the data",
        "An agreement with the provider is on file, or none is needed.",
    ),
    "hosting_unsigned": ("Agreement with the host", "On file, or not needed."),
    "company_unsigned": ("Agreements with other companies", "Signed with each that is named, or not needed."),
    "addiction_unanswered": ("Addiction treatment", "The list tells nothing about treatment for addiction."),
    "no_postal_address": ("Postal address", "Confirmed."),
    "list_not_certified": (
        "Certificate of past opt-outs",
        "Certified since the last import, within 30 days.",
    ),
    "sender_purpose": ("Sender's purpose", "The sender is in use and meant for this purpose."),
    "sender_elsewhere": (
        "Sender of the person's location",
        "Nobody here gets a message from another location's sender.",
    ),
    "domain_not_ready": ("Mail domain", "SPF, DKIM and DMARC passed in the last 24 hours."),
    "one_click_unsigned": (
        "One click signed",
        "A seed mail of the last 30 days proved that both unsubscribe headers are signed.",
    ),
    "sms_not_registered": ("Number's registration", "Seen in order in the last 24 hours."),
    "replies_not_checked": (
        "Replies asked for",
        "The provider was asked in the last 15 minutes for what people wrote.",
    ),
    "no_canary": ("Canary", "A message to ourselves came through within 30 days, and its report was signed."),
    "campaign_stopped": ("Campaign not stopped", "Nobody stopped this campaign."),
    "client_stopped": ("Client not stopped", "Nobody stopped this client's sending."),
    "everything_stopped": ("Sending not stopped", "Sending is not stopped."),
    "no_lawful_hour": ("Some lawful hour", "Everyone here has a lawful hour within four days."),
    "state_frozen": ("Emergencies", "No state of anybody here is frozen."),
    "quiet_hours": ("Lawful hours", "Everyone here may be texted at the planned hour."),
    "own_hours": ("The client's own hours", "The planned hour is inside the client's own."),
    "daily_limit": ("The number's texts a day", "The number may send more today."),
    "one_a_day": ("One a day", "No address here was contacted in the last 24 hours."),
    "three_a_week": ("Three a week", "No address here was contacted three times this week."),
    "promised_frequency": (
        "Promised frequency",
        "Nobody here has had as many texts as were promised at most.",
    ),
    "front_desk_full": ("Front desk", "As many people are contacted a day as the front desk can answer."),
    "spend_cap": ("The month's limit", "What this month's messages have cost is below the limit."),
    "too_soon": ("Days between messages", "The client's own pause is kept."),
    "often_enough": ("Messages a year", "Nobody here has had as many as the client allows in a year."),
    "household_today": ("One household a day", "No household here was contacted in the last 24 hours."),
}


def title_of(code: str) -> str:
    """What a check is called on pages."""
    return TITLES.get(code, (code.replace("_", " ").capitalize(), ""))[0]
