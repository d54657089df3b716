from consent.models.address import Address, AddressHash, UnsafeMark
from consent.models.contact import AddressPause, Contact, ContactPoint, Pause
from consent.models.imports import Import, ImportRow
from consent.models.keyword import Keyword
from consent.models.list_source import ListFetch, ListSource
from consent.models.merge import Merge
from consent.models.opt_outs import OptOutLine, OptOutList
from consent.models.record import ConsentRecord, Tier
from consent.models.scan import ConsentScan
from consent.models.signup import MailConfirmation, MailWish, SignupForm, SignupWording
from consent.models.suppression import Heard, PreferenceLink, PurposeOptOut, Suppression, Touch

__all__ = [
    "Address",
    "AddressPause",
    "AddressHash",
    "ConsentRecord",
    "ConsentScan",
    "Contact",
    "ContactPoint",
    "Heard",
    "Import",
    "ImportRow",
    "Keyword",
    "ListFetch",
    "ListSource",
    "MailConfirmation",
    "MailWish",
    "Merge",
    "OptOutLine",
    "OptOutList",
    "Pause",
    "PreferenceLink",
    "PurposeOptOut",
    "SignupForm",
    "SignupWording",
    "Suppression",
    "Tier",
    "Touch",
    "UnsafeMark",
]
