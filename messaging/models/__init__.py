from messaging.models.heartbeat import WorkerHeartbeat
from messaging.models.hook import Event, Inbound, RawHook
from messaging.models.keeping import Certificate, EvidencePack, Kind, LegalHold, RetentionRule
from messaging.models.message import Attempt, Message, Status

__all__ = [
    "Attempt",
    "Certificate",
    "Event",
    "EvidencePack",
    "Inbound",
    "Kind",
    "LegalHold",
    "Message",
    "RawHook",
    "RetentionRule",
    "Status",
    "WorkerHeartbeat",
]
