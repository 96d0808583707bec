"""Users, their roles and sign-in sessions; customers and who may act for them."""

from functools import cached_property
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.roles import PERMISSIONS, STAFF_ROLES, permissions_of
from nexafi.core import clock
from nexafi.core.fields import UUID7Field


class UserManager(BaseUserManager["User"]):
    """Creates users for tests and commands; the product registers them through accounts.services.registration."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = User(email=email.strip().casefold(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in, customer or staff. E-mail addresses are stored casefolded and are unique."""

    id = UUID7Field()
    email = models.EmailField(max_length=254, unique=True)
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    phone = models.CharField(max_length=32, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name"]
    objects = UserManager()

    def __str__(self) -> str:
        return self.email

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @cached_property
    def roles(self) -> frozenset[str]:
        return frozenset(self.role_grants.values_list("role", flat=True))

    @cached_property
    def permissions(self) -> frozenset[str]:
        return permissions_of(self.roles)

    def may(self, permission: str) -> bool:
        """Whether one of the user's roles grants this permission ("compliance.decide_alerts")."""
        return self.is_active and permission in self.permissions

    @property
    def is_staff(self) -> bool:
        """Django's gate to the admin site."""
        return self.is_active and not STAFF_ROLES.isdisjoint(self.roles)

    @property
    def has_second_factor(self) -> bool:
        """Whether a confirmed one-time-password device is set up."""
        return TOTPDevice.objects.filter(user=self, confirmed=True).exists()

    # Django's admin asks these; the console's own mixins ask `may`.
    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.may(perm)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


class RoleGrant(models.Model):
    """A role that a user holds. Staff roles are granted through an approval by a second person."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(max_length=32, choices=[(role, role) for role in PERMISSIONS])
    granted_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="role_granted_once")]


class Customer(models.Model):
    """Whom the institution serves: a person or an organization. Wallets, KYC and risk belong to the customer."""

    class Kind(models.TextChoices):
        PERSON = "person"
        ORGANIZATION = "organization"

    id = UUID7Field()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True)  # ISO 3166-1 alpha-2
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """Who may act for a customer. A person's own customer has that one owner."""

    class Role(models.TextChoices):
        OWNER = "owner"
        ADMIN = "admin"
        ACCOUNTANT = "accountant"
        MEMBER = "member"
        VIEWER = "viewer"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role.choices)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "user"], name="membership_once")]


class Session(models.Model):
    """One sign-in (a token family). The row is the truth: a revoked row kills every token of the family at once."""

    id = UUID7Field()
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    current_refresh = models.UUIDField()  # the only refresh token id that may still be used
    created_at = models.DateTimeField(default=clock.now)
    last_used_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=40, blank=True)
    client_ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user"], name="session_live", condition=Q(revoked_at=None))]
