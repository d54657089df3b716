from campaigns.models.approval import (
    Approval,
    ApprovalDocument,
    ApprovalRequest,
    AudienceCount,
    Cosignature,
    Objection,
)
from campaigns.models.booking import Booking, BookingFile, BookingLine
from campaigns.models.booking_hook import BookingDelivery, BookingHook, BookingHookSecret
from campaigns.models.campaign import Campaign, CampaignVersion, Launch, Step
from campaigns.models.comment import Comment
from campaigns.models.note import CampaignNote
from campaigns.models.review import ReviewLink
from campaigns.models.saved_audience import SavedAudience
from campaigns.models.schedule import ScheduledLaunch
from campaigns.models.signing import AdditionRule, Delegation, Loosening, LooseningYes, SigningRule
from campaigns.models.template import OwnTemplate

__all__ = [
    "AdditionRule",
    "Approval",
    "ApprovalDocument",
    "ApprovalRequest",
    "AudienceCount",
    "Booking",
    "BookingDelivery",
    "BookingFile",
    "BookingHook",
    "BookingHookSecret",
    "BookingLine",
    "Campaign",
    "CampaignNote",
    "CampaignVersion",
    "Comment",
    "Cosignature",
    "Delegation",
    "Launch",
    "Loosening",
    "LooseningYes",
    "Objection",
    "OwnTemplate",
    "ReviewLink",
    "SavedAudience",
    "ScheduledLaunch",
    "SigningRule",
    "Step",
]
