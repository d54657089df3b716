"""The policy: every check of the gate, in order. Reads top to bottom like a contract.

Each check returns the rows that decide it. Inside EXISTS it is a condition for a million people; run with one
person's values it is the evidence. There is no second statement of any rule.
"""

from __future__ import annotations

from compliance.checks import (
    client,
    clock,
    desk,
    mailboxes,
    numbers,
    outcome,
    people,
    senders,
    spending,
    words,
)
from compliance.checks.clock import TEXT_MAY_TAKE
from compliance.facts import Check

__all__ = ["BY_CODE", "CHECKS", "TEXT_MAY_TAKE"]

CHECKS: tuple[Check, ...] = (
    people.opted_out,
    people.left_campaign,
    people.opted_out_of_purpose,
    people.left_kind,
    people.unsafe_address,
    people.reachable,
    people.doubtful_address,
    mailboxes.mail_server,
    mailboxes.domain_looked_up,
    people.deceased,
    people.minor,
    people.came_back,
    outcome.has_booked,
    people.consented,
    people.asked,
    people.consent_fresh,
    people.texas_in_writing,
    numbers.textable,
    numbers.same_owner,
    numbers.kept,
    numbers.owner_looked_up,
    numbers.maine_looked_up,
    numbers.listed,
    numbers.looked_up_in_the_registry,
    people.health_law_answered,
    people.words_complete,
    people.paused_person,
    people.list_not_ready,
    outcome.held_out,
    words.approved,
    words.audience_as_signed,
    words.words_reviewed,
    words.warnings_answered,
    words.statement_made,
    words.paid_by_others,
    client.covered_answered,
    client.under_baa,
    client.provider_allowed,
    client.chain_signed,
    client.companies_signed,
    client.no_addiction_records,
    client.has_postal_address,
    client.list_certified,
    senders.sender_serves_purpose,
    senders.sender_elsewhere,
    senders.domain_ready,
    senders.one_click_signed,
    senders.sms_registered,
    senders.replies_checked,
    senders.canary_came_through,
    client.campaign_stopped,
    client.client_stopped,
    client.everything_stopped,
    clock.no_hour_at_all,
    clock.frozen,
    clock.lawful_hour,
    clock.own_hour,
    clock.day_used_up,
    clock.one_a_day,
    clock.three_a_week,
    clock.promised,
    clock.too_soon,
    clock.often_enough,
    clock.household_today,
    desk.front_desk_full,
    spending.spend_cap,
)
BY_CODE = {check.code: check for check in CHECKS}
