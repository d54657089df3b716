from messaging.models.aftermath import History, Hold, HoldAnswer, LedgerCheck, Recovered, ToldOptOut
from messaging.models.answer import Answer, Assignment, ReadyWords
from messaging.models.answered import Answered
from messaging.models.departure import Departure
from messaging.models.entry import Entry, EntryTally
from messaging.models.heartbeat import WorkerHeartbeat
from messaging.models.hook import Event, Inbound, RawHook
from messaging.models.keeping import Certificate, EvidencePack, Kind, LegalHold, RetentionRule
from messaging.models.listener import Listener, Telling, ToTell
from messaging.models.message import Attempt, Message, Status
from messaging.models.picture import Picture
from messaging.models.redaction import Redaction
from messaging.models.report_mail import ReportMail, ReportSchedule
from messaging.models.standstill import Standstill
from messaging.models.tally import Tally
from messaging.models.trip import Trip
from messaging.models.turn import Turn

__all__ = [
    "Answer",
    "Answered",
    "Assignment",
    "Attempt",
    "Certificate",
    "Departure",
    "Entry",
    "EntryTally",
    "Event",
    "EvidencePack",
    "History",
    "Hold",
    "HoldAnswer",
    "Inbound",
    "Kind",
    "LedgerCheck",
    "LegalHold",
    "Listener",
    "Message",
    "Picture",
    "RawHook",
    "ReadyWords",
    "Recovered",
    "Redaction",
    "ReportMail",
    "ReportSchedule",
    "RetentionRule",
    "Standstill",
    "Status",
    "Tally",
    "Telling",
    "ToTell",
    "ToldOptOut",
    "Trip",
    "Turn",
    "WorkerHeartbeat",
]
