"""Users, their roles and sign-in sessions; customers and who may act for them."""

from functools import cached_property
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.emails import normalise_email, safe_email
from accounts.passwords import normalise_password
from accounts.roles import PERMISSIONS, STAFF_ROLES, permissions_of
from nexafi.core import clock
from nexafi.core.fields import EncryptedTextField, UUID7Field


class UserQuerySet(models.QuerySet["User"]):
    """Look-ups of users."""

    def visible_to(self, user: "User") -> "UserQuerySet":
        """Everybody for staff who may view users; else only oneself."""
        return self if user.may("accounts.view_users") else self.filter(pk=user.pk)

    def holding(self, permission: str) -> "UserQuerySet":
        """Those who may sign in and hold a role that grants the permission."""
        roles = [role for role, granted in PERMISSIONS.items() if permission in granted]
        return self.filter(is_active=True, role_grants__role__in=roles).distinct()


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Creates users for tests and commands; the product registers them through accounts.services.registration."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Save a user without audit, event or password rules. Raises InvalidEmail."""
        user = User(email=normalise_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Django's sign-in looks users up here; an address in any spelling finds its one account."""
        return self.get(email=safe_email(username or ""))


class User(AbstractBaseUser):
    """A person who signs in, customer or staff. `email` is stored normalised (accounts.emails) and is unique."""

    id = UUID7Field()
    email = models.EmailField(max_length=254, unique=True)
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    phone = models.CharField(max_length=32, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name"]
    objects = UserManager()

    class Meta:
        indexes = [models.Index(fields=["created_at", "id"], name="user_age")]

    def __str__(self) -> str:
        return self.email

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def set_password(self, raw_password: str | None) -> None:
        """Hash the normalised password; None makes it unusable. Rules are checked by the services."""
        super().set_password(None if raw_password is None else normalise_password(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        """Whether this is the password, in any Unicode form; a hash made with old parameters is renewed."""
        return super().check_password(None if raw_password is None else normalise_password(raw_password))

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles held; on a request they come with the user in one statement (accounts.authentication)."""
        return frozenset(grant.role for grant in self.role_grants.all())

    @cached_property
    def permissions(self) -> frozenset[str]:
        """Everything that the roles grant."""
        return permissions_of(self.roles)

    def may(self, permission: str) -> bool:
        """Whether one of the user's roles grants this permission ("compliance.decide_alerts")."""
        return self.is_active and permission in self.permissions

    @property
    def is_staff(self) -> bool:
        """Django's gate to the admin site."""
        return self.is_active and not STAFF_ROLES.isdisjoint(self.roles)

    @cached_property
    def person_customer(self) -> "Customer | None":
        """The customer that this user is; None for staff, who are nobody's customer."""
        return Customer.objects.filter(person=self).first()

    @cached_property
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

    def __str__(self) -> str:
        return self.role


class CustomerQuerySet(models.QuerySet["Customer"]):
    """Look-ups of customers."""

    def visible_to(self, user: User) -> "CustomerQuerySet":
        """Every customer for staff who may view users; else those the user is a member of."""
        return self if user.may("accounts.view_users") else self.filter(memberships__user=user)


class Customer(models.Model):
    """Whom the institution serves: a person or an organization. Wallets, KYC and risk belong to the customer."""

    class Kind(models.TextChoices):
        PERSON = "person"
        ORGANIZATION = "organization"

    id = UUID7Field()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=201)
    person = models.OneToOneField(User, null=True, blank=True, on_delete=models.PROTECT, related_name="customer")
    country = models.CharField(max_length=2, blank=True)  # ISO 3166-1 alpha-2, residence or registration
    nationality = models.CharField(max_length=2, blank=True)  # ISO 3166-1 alpha-2, persons only
    date_of_birth = EncryptedTextField(null=True, blank=True)  # YYYY-MM-DD, persons only
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="person") | Q(person=None, nationality="", date_of_birth=None),
                name="organization_has_no_personal_data",
            )
        ]
        indexes = [models.Index(fields=["created_at", "id"], name="customer_age")]

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

    id = UUID7Field()
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role.choices)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "user"], name="membership_once")]

    def __str__(self) -> str:
        return self.role


class SessionQuerySet(models.QuerySet["Session"]):
    """Look-ups of sign-ins."""

    def live(self) -> "SessionQuerySet":
        """Sessions whose tokens still work."""
        return self.filter(revoked_at=None, expires_at__gt=clock.now())


class Session(models.Model):
    """One sign-in (a token family). The row is the truth: a revoked row kills every token of the family at once."""

    class RevokedReason(models.TextChoices):
        SIGNED_OUT = "signed_out"
        BY_USER = "revoked_by_user"
        BY_STAFF = "revoked_by_staff"
        REUSE = "token_reused"
        NEW_PASSWORD = "password_changed"  # noqa: S105

    id = UUID7Field()
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    current_refresh = models.UUIDField()  # the only refresh token id that may still be used
    second_factor = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)
    last_used_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=40, blank=True, choices=RevokedReason.choices)
    client_ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=200, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "created_at", "id"], name="session_live", condition=Q(revoked_at=None)),
            models.Index(fields=["expires_at"], name="session_expiry"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class SignInAttempts(models.Model):
    """Password checks taken for one account and address, or one account from unknown addresses (accounts.lockout)."""

    key = models.CharField(max_length=64, primary_key=True)  # keyed hash: no address of a person at rest
    taken = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(default=clock.now)
    blocked_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["last_at"], name="sign_in_attempts_age")]

    def __str__(self) -> str:
        return self.key
