from compliance.models.canaries import Canary
from compliance.models.changes import FactChange
from compliance.models.given_up import GivenUpList, GivenUpNumber
from compliance.models.lookups import LookupRun, NumberLookup
from compliance.models.mail_domains import MailDomain, MailLookup, Told
from compliance.models.pace import Bucket, SentSegments
from compliance.models.policy import Policy
from compliance.models.readiness import Answer, ContentReview, DomainCheck, ListCertificate, SmsRegistration
from compliance.models.registry import RegistryAnswer, RegistryFile
from compliance.models.replies import ReplyCheck
from compliance.models.seeds import SeedMail
from compliance.models.spent import Spent
from compliance.models.statements import CampaignStatement, ContentFinding
from compliance.models.stops import Stop, StopEverything
from compliance.models.warnings import ExpiryWarning
from compliance.models.windows import Closure, Freeze, OwnWindow, SendingWindow

__all__ = [
    "Answer",
    "Bucket",
    "CampaignStatement",
    "Canary",
    "Closure",
    "ContentFinding",
    "ContentReview",
    "DomainCheck",
    "ExpiryWarning",
    "FactChange",
    "Freeze",
    "GivenUpList",
    "GivenUpNumber",
    "ListCertificate",
    "LookupRun",
    "MailDomain",
    "MailLookup",
    "NumberLookup",
    "OwnWindow",
    "Policy",
    "RegistryAnswer",
    "RegistryFile",
    "ReplyCheck",
    "SeedMail",
    "SendingWindow",
    "SentSegments",
    "SmsRegistration",
    "Spent",
    "Stop",
    "StopEverything",
    "Told",
]
