"""The closed list of what an import may take, and the reason for everything it leaves behind.

Minimum necessary (45 CFR 164.502(b)): a column that is not on this list is never stored, whoever maps it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """One thing we take: `key` in code and mappings, `label` and `note` for people, "
    "`spellings` of headers."""

    key: str
    label: str
    note: str
    spellings: frozenset[str]


def _field(key: str, label: str, note: str, spellings: str) -> Field:
    return Field(key, label, note, frozenset(part.strip() for part in spellings.split(",")))


FIELDS: dict[str, Field] = {
    field.key: field
    for field in (
        _field(
            "external_id",
            "Patient number",
            "The number your own software gives this person.",
            "patient id, patient number, patient no, patient num, pat id, pat no, patid, patnum, pt id, "
            "ptid, patient, "
            "chart, chart id, chart number, chart no, mrn, medical record number, account number, "
            "account no, acct no, "
            "acct, account id, account, customer id, customer number, contact id, person id, external id, "
            "guest id, patient code, patient external id, record id, patient guid, rp id, resp party id",
        ),
        _field(
            "first_name",
            "First name",
            "Used to greet.",
            "first name, firstname, first, fname, f name, given name, given names, forename, "
            "preferred name, nickname, "
            "preferred first name, patient first name, pt first name, pat first name, name first, patfname, "
            "nombre, "
            "legal first name, goes by",
        ),
        _field(
            "last_name",
            "Last name",
            "",
            "last name, lastname, last, lname, l name, surname, family name, patient last name, "
            "pt last name, "
            "pat last name, name last, patlname, apellido, apellidos, legal last name",
        ),
        _field(
            "full_name",
            "Full name",
            "Split into first and last: `Doe, Jane` or `Jane Doe`.",
            "name, full name, fullname, patient name, patient full name, pt name, contact name, client name, "
            "customer name, display name, nombre completo, member name",
        ),
        _field(
            "phone",
            "Mobile number",
            "US numbers only.",
            "phone, phone number, phone no, phone num, phonenumber, cell, cell phone, cellphone, "
            "cell number, cell no, "
            "mobile, mobile phone, mobile number, mobile no, mobilephone, mobile phone number, "
            "cell phone number, "
            "wireless, wireless phone, wireless number, sms, sms number, sms phone, text number, telephone, "
            "telephone number, tel, tel no, primary phone, primary phone number, main phone, contact number, "
            "contact phone, patient phone, patient cell, patient mobile, ph, phone 1, phone1, telefono, "
            "celular, movil, "
            "best phone, preferred phone, phone mobile, phone cell, hm phone, wireless ph",
        ),
        _field(
            "email",
            "E-mail address",
            "",
            "email, e mail, mail, email address, e mail address, emailaddress, mail address, email addr, "
            "primary email, "
            "patient email, contact email, personal email, email 1, email1, correo, correo electronico, "
            "home email, "
            "preferred email",
        ),
        _field(
            "state",
            "State",
            "Decides the hours in which this person may be contacted.",
            "state, st, province, state code, state province, home state, address state, region, us state, "
            "patient state, mailing state, estado, state abbreviation, addr state",
        ),
        _field(
            "zip",
            "ZIP code",
            "Decides the hours in which this person may be contacted.",
            "zip, zip code, zipcode, postal code, postalcode, postcode, post code, postal, zip postal code, "
            "home zip, "
            "address zip, patient zip, mailing zip, zip 5, zip5, zip4, codigo postal, addr zip",
        ),
        _field(
            "last_visit",
            "Last visit",
            "The most recent visit, by which people are chosen.",
            "last visit, last visit date, lastvisit, date of last visit, last appointment, "
            "last appointment date, "
            "last appt, last appt date, last seen, last seen date, date last seen, last completed visit, "
            "last completed appointment, most recent visit, last service date, last date of service, "
            "last dos, "
            "last exam, last exam date, last cleaning, last hygiene visit, last checkin, last check in, "
            "last kept appt, "
            "last treatment date, last seen on, recent visit, last office visit, ultima visita, "
            "last service, "
            "last purchase, last class",
        ),
        _field(
            "birth_date",
            "Date of birth",
            "Not stored: only the month from which this person is an adult.",
            "dob, d o b, date of birth, birth date, birthdate, birthday, birth day, born, patient dob, "
            "patient birthdate, "
            "fecha de nacimiento, bday, patient date of birth",
        ),
        _field(
            "segment",
            "Recall type",
            "A short neutral label to choose people by.",
            "recall type, recall, recalltype, recall reason, segment, list, group, category, tag, tags, "
            "campaign group, "
            "audience, recall name, reason for recall, type of recall, recare type, recare, visit type, "
            "appointment type, appt type, service type, last appointment type, service category, "
            "contact type",
        ),
        _field(
            "sms_consent",
            "May we text?",
            "No, STOP and the like are kept as opt-outs; blank is not known.",
            "ok to text, okay to text, sms consent, text consent, sms opt in, text opt in, smsoptin, "
            "sms ok, text ok, "
            "texting ok, can text, may text, allow text, allow texts, allow sms, allow text messages, "
            "accepts text, "
            "accepts sms, accepts sms marketing, accepts texts, receive text, receive texts, receives text, "
            "receive sms, "
            "receives sms, text messages, text message consent, sms permission, text permission, "
            "consent to text, "
            "sms marketing consent, opt in sms, opt in text, texts, texting, texting consent, sms status, "
            "sms subscription, sms subscribed, text allowed, sms allowed, txt ok, txtmsgok, wants texts, "
            "sms preference, "
            "text preference, sms marketing, sms marketing status, opted in to texts, opted in to sms",
        ),
        _field(
            "email_consent",
            "May we e-mail?",
            "No, unsubscribed and the like are kept as opt-outs; blank is not known.",
            "ok to email, ok to e mail, okay to email, email consent, e mail consent, email opt in, "
            "e mail opt in, "
            "emailoptin, email ok, can email, may email, allow email, allow emails, accepts email, "
            "accepts emails, "
            "accepts email marketing, accepts marketing, receive email, receive emails, receives email, "
            "receives emails, "
            "email permission, consent to email, email marketing consent, opt in email, email status, "
            "email allowed, "
            "email subscription, email subscribed, subscribed, subscription status, newsletter, wants email, "
            "email preference, email marketing, email marketing status, opted in to email, "
            "opted in to emails",
        ),
        _field(
            "sms_stop",
            "Do not text",
            "Yes is kept as an opt-out from texts.",
            "do not text, don t text, dont text, no text, no texts, no sms, sms opt out, text opt out, "
            "opted out of texts, "
            "opted out of sms, sms opted out, text opted out, sms unsubscribed, text unsubscribed, "
            "sms stop, text stop, "
            "smsoptout, sms optout, text optout, stop texts, no texting, do not sms, sms blocked, sms dnc, "
            "opt out sms, opt out text, do not send texts, do not send text messages",
        ),
        _field(
            "email_stop",
            "Do not e-mail",
            "Yes is kept as an opt-out from e-mail.",
            "do not email, do not e mail, don t email, dont email, no email, no emails, no e mail, "
            "email opt out, "
            "e mail opt out, opted out of email, opted out of emails, email opted out, email unsubscribed, "
            "unsubscribed, "
            "unsubscribe, has opted out of email, emailoptout, email optout, opt out email, email blocked, "
            "email dnc, "
            "do not send emails, email suppressed, unsubscribed from email",
        ),
        _field(
            "contact_consent",
            "May we contact?",
            "No is kept as an opt-out from texts and e-mail; yes proves nothing.",
            "ok to contact, okay to contact, can contact, may contact, allow contact, contact ok, "
            "contactable, consent, "
            "opt in, optin, opted in, marketing consent, consent to contact, marketing opt in, "
            "accepts communications, "
            "communication consent, contact permission, marketing, allow marketing, consented",
        ),
        _field(
            "contact_stop",
            "Do not contact",
            "Yes is kept as an opt-out from texts and e-mail.",
            "do not contact, don t contact, dont contact, dnc, no contact, do not call, do not call list, "
            "opt out, optout, "
            "opted out, do not disturb, dnd, do not market, no marketing, do not solicit, suppressed, "
            "suppress, "
            "marketing opt out, contact opt out, blacklist, blacklisted, blocked, do not contact list, "
            "do not mail",
        ),
        _field(
            "consent_until",
            "Last day of the consent",
            "From the next day on a yes in this list counts no more.",
            "consent until, consent end, consent end date, consent ends, consent expires, consent expires on, consent expiry, "
            "consent expiry date, consent expiration, consent expiration date, consent valid until, consent valid to, "
            "consent through, last day of consent, sms consent until, sms consent expires, sms consent expiration, "
            "text consent until, text consent expires, text consent expiration, opt in until, opt in expires, "
            "opt in expiration, permission until, permission expires, consentimiento hasta",
        ),
        _field(
            "language",
            "Language",
            "",
            "language, preferred language, lang, primary language, language preference, spoken language, "
            "idioma, locale",
        ),
        _field(
            "guardian_external_id",
            "Guardian's patient number",
            "",
            "guardian id, guardian number, guardian patient id, parent id, parent patient id, "
            "responsible party id, "
            "guarantor id, guarantor number, guardian external id, guarantor account",
        ),
        _field(
            "location",
            "Location",
            "Which of your sites this person goes to.",
            "location, location name, office, office name, clinic, clinic name, site, site name, branch, "
            "practice location, "
            "home location, home office, primary location, preferred location, store, center, centre, "
            "home club, club",
        ),
        _field(
            "deceased",
            "Deceased",
            "Nobody who has died is contacted.",
            "deceased, is deceased, deceased flag, patient deceased, death date, date of death, dod, "
            "deceased date, "
            "deceased on, died, expired, deceased yn, deceased indicator",
        ),
    )
}

CHOICE_OF_PHONES = re.compile(r"\b(cell|mobile|wireless|sms|text|celular|movil)\b")
CHOICE_OF_NAMES = re.compile(r"\b(preferred|nickname|goes by)\b")
