"""Many verified customers at once, for benchmarks and load tests: rows as the services leave them, written as sets."""

from datetime import timedelta

from accounts import roles
from accounts.models import Customer, Membership, RoleGrant, User
from compliance.kyc.models import KycVerification
from compliance.screening.services.rescreen import rescreen_all
from compliance.screening.services.starter import load_starter_lists
from nexafi.core import clock
from nexafi.core.ids import uuid7

JOINED = timedelta(days=400)  # long enough ago for the rule on new accounts


def verified_customers(count: int) -> list[tuple[User, Customer]]:
    """`count` users, each with a person customer whose identity is verified and whose name is screened."""
    joined = clock.now() - JOINED
    users = User.objects.bulk_create(
        User(email=f"{uuid7()}@load.example", first_name="Load", last_name=f"Customer {n}", password="!")  # noqa: S106
        for n in range(count)
    )
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=roles.CUSTOMER) for user in users)
    customers = Customer.objects.bulk_create(
        Customer(kind=Customer.Kind.PERSON, name=user.full_name, country="GB", person=user, created_at=joined)
        for user in users
    )
    Membership.objects.bulk_create(
        Membership(customer=customer, user=user, role=Membership.Role.OWNER)
        for user, customer in zip(users, customers, strict=True)
    )
    KycVerification.objects.bulk_create(
        KycVerification(
            customer=customer,
            requested_by=user,
            verification_type=KycVerification.Type.IDENTITY,
            document_type="passport",
            document_number=str(customer.id),
            document_number_index=str(customer.id),
            status=KycVerification.Status.APPROVED,
            expires_at=clock.now() + JOINED,
        )
        for user, customer in zip(users, customers, strict=True)
    )
    load_starter_lists()  # without a list, every payment would wait for review
    rescreen_all()
    return list(zip(users, customers, strict=True))
