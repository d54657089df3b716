from compliance.models.readiness import ContentReview, DomainCheck, ListCertificate, SmsRegistration
from compliance.models.stops import Stop, StopEverything
from compliance.models.windows import OwnWindow, SendingWindow

__all__ = [
    "ContentReview", "DomainCheck", "ListCertificate", "OwnWindow", "SendingWindow", "SmsRegistration", "Stop", "StopEverything",
]
