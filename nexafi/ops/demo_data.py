"""A small demonstration institution: staff, customers, ninety days of ordinary history, and today's open cases.

Everything goes through the product's services, with the clock pinned to the day of each act.
"""

import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction

from accounts import roles
from accounts.models import Customer, User
from accounts.services.profiles import update_profile
from accounts.services.registration import create_staff_user, register_user
from accounts.services.roles import grant_role
from compliance.kyc.services.documents import add_document
from compliance.kyc.services.verification import complete_verification, start_verification
from ledger.services.periods import create_periods, spans_of_year
from ledger.services.rates import record_rate
from ledger.types import Cycle
from nexafi.core import clock
from nexafi.core.context import acting_as
from nexafi.core.money import Money
from nexafi.ops.demo_users import USERS, DemoUser, new_password
from nexafi.ops.story import passport_scan
from payments.constants import TransferKind
from payments.models import Wallet
from payments.services.payments import make_payment
from payments.services.sandbox import deliver_sandbox_events
from payments.services.submission import drive_due_transfers
from payments.services.transfers import order_transfer
from payments.services.wallets import open_wallet
from payments.types import PaymentOrder, TransferOrder

HISTORY: Final = timedelta(days=90)
SEED: Final = 7  # the same institution on every machine


@dataclass(frozen=True)
class Person:
    """Somebody to register; `verified` says whether the identity check is done or waits in the queue."""

    first_name: str
    last_name: str
    country: str
    email: str
    password: str
    verified: bool = True

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True)
class Member:
    """A registered customer of the demonstration and what the seeding needs of them."""

    user: User
    customer: Customer
    wallet: Wallet


# Name, country, e-mail name. The last three are new and not verified yet; the last shares a designated person's name.
PEOPLE: Final = (
    ("Noor", "Haddad", "NL", "noor.haddad"),
    ("Tomás", "Figueira", "PT", "tomas.figueira"),
    ("Grace", "Adeyemi", "GB", "grace.adeyemi"),
    ("Kenji", "Morita", "JP", "kenji.morita"),
    ("Elif", "Yıldız", "TR", "elif.yildiz"),
    ("Mateus", "Carvalho", "BR", "mateus.carvalho"),
    ("Saoirse", "Keane", "IE", "saoirse.keane"),
    ("Jonas", "Petersen", "DK", "jonas.petersen"),
    ("Leila", "Farahani", "IR", "leila.farahani"),
    ("Oskar", "Nowak", "PL", "oskar.nowak"),
    ("Chiara", "Bellini", "IT", "chiara.bellini"),
    ("Rania", "Khoury", "LB", "rania.khoury"),
    ("Pavel", "Dvořák", "CZ", "pavel.dvorak"),
    ("Mina", "Park", "KR", "mina.park"),
    ("Oleg", "Deripaska", "RU", "oleg.deripaska"),
)
NOT_VERIFIED: Final = 3


def people(users: list[DemoUser]) -> list[Person]:
    """The customers who sign in, then those of PEOPLE."""
    signing_in = [
        Person(user.first_name, user.last_name, user.country, user.email, user.password)
        for user in users
        if user.role == roles.CUSTOMER
    ]
    others = [
        Person(first, last, country, f"{name}@customers.example", new_password(), verified=index > NOT_VERIFIED)
        for index, (first, last, country, name) in zip(range(len(PEOPLE), 0, -1), PEOPLE, strict=True)
    ]
    return signing_in + others


def seed(credentials: dict[str, str]) -> list[DemoUser]:
    """Fill an empty installation; returns the sign-ins with their passwords (`credentials` gives known ones)."""
    rng = random.Random(SEED)  # noqa: S311  variety, not secrecy
    now = clock.now()
    users = [replace(user, password=credentials.get(user.email) or new_password()) for user in USERS]
    with acting_as("system", "demo"):
        staff = {user.role: make_staff(user) for user in users if user.role != roles.CUSTOMER}
        members = [make_customer(staff[roles.COMPLIANCE_OFFICER], rng, now, person) for person in people(users)]
        demonstration_rates()
        accounting_periods(now)
        history(rng, now, members)
        todays_cases(now, members)
    return users


def make_staff(user: DemoUser) -> User:
    staff = create_staff_user(
        email=user.email, password=user.password, first_name=user.first_name, last_name=user.last_name
    )
    grant_role(user=staff, role=user.role, reason="Demonstration")
    return staff


def make_customer(officer: User, rng: random.Random, now: datetime, person: Person) -> Member:
    """Register somebody some time ago, with a wallet and, unless told otherwise, an approved identity check."""
    ago = HISTORY + timedelta(days=rng.randint(5, 200)) if person.verified else timedelta(days=rng.randint(1, 4))
    with clock.pinned(now - ago):
        user = register_user(
            email=person.email, password=person.password, first_name=person.first_name, last_name=person.last_name
        )
        with transaction.atomic():
            update_profile(user_id=user.id, changes={"country": person.country})
        customer = Customer.objects.get(person=user)
        check_identity(officer, user, customer, approve=person.verified)
        wallet = open_wallet(customer_id=customer.id, currency="USD")
    return Member(user, customer, wallet)


def check_identity(officer: User, user: User, customer: Customer, *, approve: bool) -> None:
    """An identity check with a document; left waiting in the queue unless approved."""
    with acting_as("user", str(user.id)):
        check = start_verification(
            customer=customer,
            requested_by=user,
            verification_type="identity",
            document_type="passport",
            document_number=f"P{secrets.randbelow(10**8):08d}",
            document_country=customer.country,
        )
        add_document(verification_id=check.id, uploaded_by=user, content=passport_scan(), file_name="passport.png")
    if approve:
        with acting_as("user", str(officer.id)):
            complete_verification(verification_id=check.id, decision="approve", notes="Passport matches the applicant.")


# Near enough for a demonstration, and marked as such: nothing is fetched before RATES_URL is configured.
RATES: Final = {"EUR": "0.90", "GBP": "0.75", "JPY": "157", "CHF": "0.82"}


def demonstration_rates() -> None:
    """Exchange rates of one US dollar, dated today; in five days they are too old to be used."""
    for quote, rate in RATES.items():
        reason = "Demonstration: a round figure, not a market rate"
        record_rate(base="USD", quote=quote, rate=Decimal(rate), valid_on=clock.today(), reason=reason)


def accounting_periods(now: datetime) -> None:
    """The months of the years that the history touches, all of them open."""
    for year in sorted({(now - HISTORY).year, now.year}):
        create_periods(spans=spans_of_year(year, Cycle.MONTH))


def history(rng: random.Random, now: datetime, members: list[Member]) -> None:
    """Salaries, rent and everyday payments, day by day."""
    verified = [member for member in members[:-NOT_VERIFIED] if member.customer.country != "IR"]
    for day in range(HISTORY.days, 0, -1):
        at = now - timedelta(days=day, hours=rng.randint(0, 6), minutes=rng.randint(0, 59))
        if day % 30 == 0:
            for member in verified:
                deposit(member, f"{rng.randint(1800, 4200)}.00", at)
        elif day < HISTORY.days - 30 or day % 2:
            payer, payee = rng.sample(verified, 2)
            pay(payer, payee, f"{rng.randint(8, 240)}.{rng.randint(0, 49):02d}", at, rng.choice(PURPOSES))


PURPOSES: Final = ("Rent share", "Dinner", "Concert tickets", "Invoice 1183", "Groceries", "Train to Porto", "Gift")


def todays_cases(now: datetime, members: list[Member]) -> None:
    """What waits in the console: held payments of different kinds and ages."""
    by_name = {member.customer.name: member for member in members}
    noor, kenji, leila = by_name["Noor Haddad"], by_name["Kenji Morita"], by_name["Leila Farahani"]
    grace, oskar, jonas = by_name["Grace Adeyemi"], by_name["Oskar Nowak"], by_name["Jonas Petersen"]
    for member, amount, days in ((kenji, "7400.00", 64), (kenji, "6900.00", 41), (noor, "9800.00", 20)):
        deposit(member, amount, now - timedelta(days=days))
    deposit(oskar, "14000.00", now - timedelta(hours=52))
    pay(kenji, grace, "12400.00", now - timedelta(hours=49), "Share purchase, part 1")
    for number, amount in enumerate(("3600.00", "3500.00", "3400.00")):
        pay(noor, oskar, amount, now - timedelta(hours=30 - 2 * number), f"Machine parts {number + 1}/3")
    pay(jonas, leila, "640.00", now - timedelta(hours=5), "Carpet, deposit")
    pay(grace, by_name["Oleg Deripaska"], "75.00", now - timedelta(hours=2), "Consulting")
    pay(by_name["Chiara Bellini"], jonas, "42.10", now - timedelta(minutes=20), "Dinner")


def deposit(member: Member, amount: str, at: datetime) -> None:
    """Money in through the sandbox processor, confirmed a few seconds later."""
    with clock.pinned(at), acting_as("user", str(member.user.id)):
        order_transfer(TransferOrder(member.user, TransferKind.DEPOSIT, member.wallet.id, Money.parse(amount, "USD")))
    for later in _ticks(at):
        with clock.pinned(later), acting_as("system"):
            drive_due_transfers()
            deliver_sandbox_events()


def _ticks(at: datetime) -> Iterator[datetime]:
    yield at
    yield at + timedelta(seconds=5)


def pay(payer: Member, payee: Member, amount: str, at: datetime, description: str) -> None:
    order = PaymentOrder(payer.user, payer.wallet.id, payee.wallet.id, Money.parse(amount, "USD"), description)
    with clock.pinned(at), acting_as("user", str(payer.user.id)):
        make_payment(order)
