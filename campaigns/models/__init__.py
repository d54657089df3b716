from campaigns.models.approval import Approval, ApprovalDocument, ApprovalRequest, AudienceCount, Objection
from campaigns.models.booking import Booking, BookingFile, BookingLine
from campaigns.models.campaign import Campaign, CampaignVersion, Launch, Step
from campaigns.models.review import ReviewLink

__all__ = [
    "Approval",
    "ApprovalDocument",
    "ApprovalRequest",
    "AudienceCount",
    "Booking",
    "BookingFile",
    "BookingLine",
    "Campaign",
    "CampaignVersion",
    "Launch",
    "Objection",
    "ReviewLink",
    "Step",
]
