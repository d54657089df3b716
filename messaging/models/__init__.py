from messaging.models.heartbeat import WorkerHeartbeat
from messaging.models.hook import Event, Inbound, RawHook
from messaging.models.message import Attempt, Message, Status

__all__ = ["Attempt", "Event", "Inbound", "Message", "RawHook", "Status", "WorkerHeartbeat"]
