"""Shapes of the identity resources: what comes in, then what goes out."""

from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers as plain

from accounts.models import Customer, Membership, User
from accounts.roles import PERMISSIONS
from nexafi.api.serializers import (
    BooleanField,
    CharField,
    ChoiceField,
    CountryField,
    DateField,
    DateTimeField,
    EmailField,
    ListFilters,
    StrictSerializer,
    UUIDField,
)
from nexafi.approvals.api.serializers import ApprovalOut

_PHONE = r"^\+?[0-9][0-9 ()-]{4,30}$"


class PhoneField(CharField):
    """Digits with an optional leading plus, spaces, hyphens and brackets."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=32, **kwargs)
        self.validators.append(RegexValidator(_PHONE, "Use digits, with an optional leading plus."))


# --- in --------------------------------------------------------------------------------------------------------------


class Registration(StrictSerializer):
    """A new user; a company name also makes an organization."""

    email = CharField(max_length=254)
    password = CharField(max_length=1024, trim_whitespace=False)
    first_name = CharField(max_length=100)
    last_name = CharField(max_length=100)
    phone = PhoneField(required=False)
    company_name = CharField(max_length=200, required=False)


class Login(StrictSerializer):
    """Credentials; `otp` when the user has a device."""

    email = CharField(max_length=254)
    password = CharField(max_length=1024, trim_whitespace=False)
    otp = CharField(max_length=10, required=False)


class RefreshToken(StrictSerializer):
    """The refresh token of a sign-in."""

    refresh_token = CharField(max_length=4096)


class PasswordChange(StrictSerializer):
    """The old password proves who asks."""

    current_password = CharField(max_length=1024, trim_whitespace=False)
    new_password = CharField(max_length=1024, trim_whitespace=False)


class ProfileUpdate(StrictSerializer):
    """Everything of the profile that its owner may write; PUT clears what is left out, PATCH keeps it."""

    first_name = CharField(max_length=100)
    last_name = CharField(max_length=100)
    phone = PhoneField(default="", allow_blank=True)
    date_of_birth = DateField(default=None, allow_null=True)
    country = CountryField(default="", allow_blank=True)
    nationality = CountryField(default="", allow_blank=True)


class RoleRequest(StrictSerializer):
    """A role, and why."""

    role = ChoiceField(choices=sorted(PERMISSIONS))
    reason = CharField(max_length=1000, required=False)


class NewOrganization(StrictSerializer):
    """An organization to be owned by the caller."""

    name = CharField(max_length=200)
    country = CountryField(required=False)


class NewMember(StrictSerializer):
    """A registered user by e-mail address, and their role."""

    email = CharField(max_length=254)
    role = ChoiceField(choices=Membership.Role.values)


class MemberRole(StrictSerializer):
    """A member's new role."""

    role = ChoiceField(choices=Membership.Role.values)


class UserFilters(ListFilters):
    """`email` finds one address in any spelling."""

    email = CharField(max_length=254)
    role = ChoiceField(choices=sorted(PERMISSIONS), source="role_grants__role")
    is_active = BooleanField()
    created_after = DateTimeField(source="created_at__gte")
    created_before = DateTimeField(source="created_at__lt")


class CustomerFilters(ListFilters):
    """Filters of customers and organizations."""

    kind = ChoiceField(choices=Customer.Kind.values)
    country = CountryField()
    created_after = DateTimeField(source="created_at__gte")
    created_before = DateTimeField(source="created_at__lt")


class MemberFilters(ListFilters):
    """Filters of members."""

    role = ChoiceField(choices=Membership.Role.values)


# --- out -------------------------------------------------------------------------------------------------------------


class UserOut(plain.Serializer[User]):
    """A user, as other resources embed it too."""

    id = UUIDField()
    email = EmailField()
    first_name = CharField()
    last_name = CharField()
    roles = plain.SerializerMethodField()

    def get_roles(self, user: User) -> list[str]:
        return sorted(user.roles)


class StaffUserOut(UserOut):
    """A user as staff see it."""

    phone = CharField()
    is_active = BooleanField()
    created_at = DateTimeField()


class ProfileOut(UserOut):
    """The caller's own profile; the last four are null or empty for staff, who are nobody's customer."""

    phone = CharField()
    created_at = DateTimeField()
    customer_id = plain.SerializerMethodField()
    date_of_birth = plain.SerializerMethodField()
    country = plain.SerializerMethodField()
    nationality = plain.SerializerMethodField()

    def get_customer_id(self, user: User) -> str | None:
        return str(user.person_customer.id) if user.person_customer else None

    def get_date_of_birth(self, user: User) -> str | None:
        born = user.person_customer.date_of_birth if user.person_customer else None
        return None if born is None else str(born)

    def get_country(self, user: User) -> str:
        return user.person_customer.country if user.person_customer else ""

    def get_nationality(self, user: User) -> str:
        return user.person_customer.nationality if user.person_customer else ""


class CustomerOut(plain.Serializer[Customer]):
    """A person or an organization."""

    id = UUIDField()
    kind = ChoiceField(choices=Customer.Kind.values)
    name = CharField()
    country = CharField()
    created_at = DateTimeField()


class MemberOut(plain.Serializer[Membership]):
    """Who may act for an organization, and as what."""

    user_id = UUIDField()
    email = EmailField(source="user.email")
    name = CharField(source="user.full_name")
    role = ChoiceField(choices=Membership.Role.values)
    created_at = DateTimeField()


class SessionOut(plain.Serializer[Any]):
    """A sign-in as its user sees it."""

    id = UUIDField()
    created_at = DateTimeField()
    last_used_at = DateTimeField()
    expires_at = DateTimeField()
    client_ip = CharField()
    user_agent = CharField()
    second_factor = BooleanField()
    is_current = plain.SerializerMethodField()

    def get_is_current(self, session: Any) -> bool:
        return bool(session.id == self.context["request"].auth.session_id)


class TokensOut(plain.Serializer[Any]):
    """A token pair; `expires_in` is the access token's lifetime in seconds."""

    access_token = CharField()
    refresh_token = CharField()
    token_type = CharField()
    expires_in = plain.IntegerField()


class SignedInOut(TokensOut):
    """A token pair and whose it is."""

    user = UserOut()


class RegisteredOut(plain.Serializer[Any]):
    """The new user."""

    user = UserOut()


class RoleGrantedOut(plain.Serializer[Any]):
    """The role customer was given at once."""

    user = StaffUserOut()


class RoleRequestedOut(plain.Serializer[Any]):
    """A staff role waits for a second person."""

    approval = ApprovalOut()
