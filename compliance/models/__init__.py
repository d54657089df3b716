from compliance.models.readiness import Answer, ContentReview, DomainCheck, ListCertificate, SmsRegistration
from compliance.models.stops import Stop, StopEverything
from compliance.models.windows import OwnWindow, SendingWindow

__all__ = [
    "Answer",
    "ContentReview",
    "DomainCheck",
    "ListCertificate",
    "OwnWindow",
    "SendingWindow",
    "SmsRegistration",
    "Stop",
    "StopEverything",
]
