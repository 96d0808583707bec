"""A new user."""

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from accounts.emails import normalise_email
from accounts.exceptions import EmailTaken
from accounts.models import RoleGrant, User
from accounts.passwords import check_password_rules, normalise_password
from accounts.roles import CUSTOMER
from accounts.services.customers import create_organization, create_person
from audit.services.record import record
from nexafi.outbox.services.publish import publish


def register_user(
    *, email: str, password: str, first_name: str, last_name: str, phone: str = "", company_name: str = ""
) -> User:
    """Create a user with the role customer, their person customer and, for a company, its organization.

    Raises InvalidEmail, WeakPassword, EmailTaken. Event: `accounts.user_registered`.
    """
    email = normalise_email(email)
    check_password_rules(password, personal=(email, first_name, last_name, phone, company_name))
    # Hashed before the transaction: it takes milliseconds, and SQLite has one writer.
    user = User(email=email, first_name=first_name, last_name=last_name, phone=phone)
    user.password = make_password(normalise_password(password))
    with transaction.atomic():
        _insert(user)
        RoleGrant.objects.create(user=user, role=CUSTOMER)
        customer = create_person(user)
        if company_name:
            create_organization(owner=user, name=company_name)
        record("accounts.user_registered", target_type="user", target_id=user.id, data={"role": CUSTOMER})
        publish("accounts.user_registered", {"user_id": str(user.id), "customer_id": str(customer.id)})
    return user


def create_staff_user(*, email: str, password: str, first_name: str, last_name: str) -> User:
    """A user without a customer, for an operator's command; roles follow. Raises as register_user."""
    email = normalise_email(email)
    check_password_rules(password, personal=(email, first_name, last_name))
    user = User(email=email, first_name=first_name, last_name=last_name)
    user.password = make_password(normalise_password(password))
    with transaction.atomic():
        _insert(user)
        record("accounts.staff_user_created", target_type="user", target_id=user.id)
    return user


def _insert(user: User) -> None:
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise EmailTaken(pointer="/email") from error
