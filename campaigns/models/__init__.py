from campaigns.models.approval import Approval, ApprovalRequest, AudienceCount, Objection
from campaigns.models.campaign import Campaign, CampaignVersion, Launch, Step

__all__ = ["Approval", "ApprovalRequest", "AudienceCount", "Campaign", "CampaignVersion", "Launch", "Objection", "Step"]
