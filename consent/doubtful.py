"""Mail addresses that are nobody's own: shared boxes, and those made to be thrown away (list hygiene)."""

from __future__ import annotations

_ROLES = (
    "abuse accounting accounts admin administrator appointments billing booking bookings careers contact customerservice "
    "donotreply enquiries enquiry everyone feedback finance frontdesk help helpdesk hostmaster hr info inquiries inquiry it jobs "
    "legal mailer-daemon marketing media news newsletter no-reply noreply office orders payroll postmaster press privacy reception "
    "receptionist recruiting referrals root sales scheduling security service staff support team webmaster"
)
# The best known; a domain that is not here is found out by its bounces.
_DISPOSABLE = (
    "10minutemail.com 10minutemail.net 20minutemail.com 33mail.com anonaddy.me burnermail.io byom.de discard.email dispostable.com "
    "dropmail.me emailondeck.com fakeinbox.com fakemail.net getairmail.com getnada.com grr.la guerrillamail.biz guerrillamail.com "
    "guerrillamail.net guerrillamail.org inboxbear.com inboxkitten.com mail-temp.com mailcatch.com maildrop.cc mailinator.com "
    "mailinator.net mailnesia.com mailpoof.com minuteinbox.com mintemail.com moakt.com mohmal.com mytemp.email sharklasers.com "
    "spam4.me spamgourmet.com temp-mail.io temp-mail.org tempail.com tempinbox.com tempmail.com tempmail.dev tempmailo.com "
    "tempr.email throwawaymail.com trashmail.com trashmail.de trbvm.com yopmail.com yopmail.fr yopmail.net"
)
ROLES, DISPOSABLE = frozenset(_ROLES.split()), frozenset(_DISPOSABLE.split())


def doubt(canonical: str) -> str:
    """`role`, `disposable` or nothing, for an address in canonical form (`consent.addresses`)."""
    local, _, domain = canonical.rpartition("@")
    if domain in DISPOSABLE:
        return "disposable"
    return "role" if local.partition("+")[0] in ROLES else ""
