"""People who sign in, and what they may do where."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from tenants.encryption import EncryptedChar
from tenants.models.base import ClockNow
from tenants.models.emergency import EmergencyAccess


class UserManager(BaseUserManager["User"]):
    """Accounts by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A new account; the address is stored in lower case."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person with an account. Never shared; roles are memberships."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=ClockNow())
    # Links mailed before that open nothing any more.
    factor_reset_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="email_once_in_any_case")]

    def __str__(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]


class Role(models.TextChoices):
    """What a member may do. Owner and staff are the agency's; the others are the client's own people."""

    OWNER = "owner", "Agency owner"
    STAFF = "staff", "Agency staff"
    APPROVER = "approver", "Compliance contact"
    VIEWER = "viewer", "Viewer"
    FRONT_DESK = "front_desk", "Front desk"


AGENCY_ROLES = frozenset({Role.OWNER, Role.STAFF})
CLIENT_ROLES = frozenset({Role.APPROVER, Role.VIEWER, Role.FRONT_DESK})


class MembershipRows(models.QuerySet["Membership"]):
    """Memberships, asked by person and place."""

    def in_force(self) -> MembershipRows:
        return self.filter(ended_at=None, user__is_active=True)

    def of_client(self, client: Any) -> MembershipRows:
        """Those that open this client: its own people, and its agency's (unless bound to another client)."""
        return self.in_force().ever_of_client(client)

    def ever_of_client(self, client: Any) -> MembershipRows:
        """The same with those that have ended."""
        return self.filter(
            Q(agency=None, client=client)
            | Q(agency=client.agency_id, client=None)
            | Q(agency=client.agency_id, client=client)
        )


class Membership(models.Model):
    """A user's role at an agency (all its clients, or one named client) or at a client."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    agency = models.ForeignKey(
        "tenants.Agency", models.CASCADE, null=True, blank=True, related_name="memberships"
    )
    client = models.ForeignKey(
        "tenants.Client", models.CASCADE, null=True, blank=True, related_name="memberships"
    )
    title = models.CharField(max_length=120, blank=True, help_text="As in Practice manager.")
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipRows.as_manager()
    emergency: EmergencyAccess | None = None  # set where nobody's membership but an emergency opened the page

    class Meta:
        constraints = [
            # Agency staff can never hold the client's pen, nor the client's people the agency's keys.
            models.CheckConstraint(
                condition=Q(role__in=["owner", "staff"], agency__isnull=False)
                | Q(role__in=["approver", "viewer", "front_desk"], agency=None, client__isnull=False),
                name="role_fits_its_side",
            ),
            models.UniqueConstraint(
                fields=["user", "agency", "client"],
                condition=Q(ended_at=None),
                name="one_role_a_place",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.get_role_display()}"


class Invitation(models.Model):
    """A mailed link that makes an account with a role; used once, runs out after seven days."""

    token_hash = models.BinaryField(max_length=32, unique=True)
    email = EncryptedChar(max_length=254)
    name = EncryptedChar(max_length=120)
    role = models.CharField(max_length=10, choices=Role)
    agency = models.ForeignKey("tenants.Agency", models.CASCADE, null=True, related_name="+")
    client = models.ForeignKey("tenants.Client", models.CASCADE, null=True, related_name="+")
    title = models.CharField(max_length=120, blank=True)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(db_default=ClockNow())
    mailed_at = models.DateTimeField(null=True)  # when the mail server took it
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Invitation {self.pk}"
