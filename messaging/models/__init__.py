from messaging.models.account import HookEndpoint, ProviderAccount, WorkerHeartbeat
from messaging.models.hook import Event, Inbound, RawHook
from messaging.models.message import Attempt, Message, Status

__all__ = ["Attempt", "Event", "HookEndpoint", "Inbound", "Message", "ProviderAccount", "RawHook", "Status", "WorkerHeartbeat"]
