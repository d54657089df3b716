from compliance.models.readiness import Answer, ContentReview, DomainCheck, ListCertificate, SmsRegistration
from compliance.models.stops import Stop, StopEverything
from compliance.models.windows import Closure, Freeze, OwnWindow, SendingWindow

__all__ = [
    "Answer",
    "Closure",
    "ContentReview",
    "DomainCheck",
    "Freeze",
    "ListCertificate",
    "OwnWindow",
    "SendingWindow",
    "SmsRegistration",
    "Stop",
    "StopEverything",
]
