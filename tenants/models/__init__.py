from tenants.models.agency import Agency, Client, Location, PostalAddress
from tenants.models.agreement import Agreement, SubProcessor
from tenants.models.api import ApiAnswer, ApiToken, Scope
from tenants.models.audit import AccountEvent, AuditBlock, AuditEvent, AuditHead
from tenants.models.base import ClientOwned, Interval
from tenants.models.brand import Brand
from tenants.models.emergency import EmergencyAccess
from tenants.models.fault import Fault
from tenants.models.mail_choice import MailChoice
from tenants.models.member import Invitation, Membership, Role, User
from tenants.models.provider_account import HookEndpoint, ProviderAccount
from tenants.models.sender import Channel, Provider, Purpose, Sender

__all__ = [
    "AccountEvent",
    "Agency",
    "Agreement",
    "ApiAnswer",
    "ApiToken",
    "AuditBlock",
    "AuditEvent",
    "AuditHead",
    "Brand",
    "Channel",
    "Client",
    "ClientOwned",
    "EmergencyAccess",
    "Fault",
    "HookEndpoint",
    "Interval",
    "Invitation",
    "Location",
    "MailChoice",
    "Membership",
    "PostalAddress",
    "Provider",
    "ProviderAccount",
    "Purpose",
    "Role",
    "Scope",
    "Sender",
    "SubProcessor",
    "User",
]
