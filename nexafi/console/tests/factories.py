"""A small world of which every console page has something to show, made through the product's own doors."""

from django.test import Client

from accounts.roles import STAFF_ROLES
from accounts.services.role_requests import change_role
from accounts.services.sessions import open_session
from accounts.tests.factories import make_user
from audit.services.seal import seal_pending
from compliance.kyc.services.documents import add_document
from compliance.kyc.services.verification import start_verification
from compliance.tests.factories import judge, make_facts
from compliance.tests.test_api_kyc import PNG
from compliance.types import Party
from ledger.models import Period
from ledger.services.checks import request_check
from ledger.services.drafts import save_draft
from ledger.services.periods import create_periods, spans_of_year
from ledger.tests.factories import make_revaluation
from ledger.types import Cycle, EntryDraft
from nexafi.core import clock
from nexafi.core.money import Money
from nexafi.outbox.models import OutboxEvent
from payments.tests.factories import make_person
from payments.tests.test_transfers import confirm, order


def console(*roles: str) -> Client:
    """A signed-in browser of somebody with these roles, who is its `user`."""
    client = Client()
    client.user = make_user(*roles)
    client.force_login(client.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def everybody() -> Client:
    """Somebody with every staff role."""
    return console(*STAFF_ROLES)


def make_world(rows: int = 1) -> None:
    """`rows` of everything."""
    maker = make_user("admin")
    for _ in range(rows):
        ada, bob = make_person(balance="20000.00"), make_person()
        ada.pay(bob, "12000.00")
        order(bob, "deposit", "10.00")
        judge(make_facts("300.00", beneficiary=Party(name="Ayman al Zawahri", kind="person")))
        change_role(maker=maker, user=make_user(), role="auditor", grant=True, reason="Joins the audit team.")
        open_session(user=maker)
        started = start_verification(
            customer=ada.customer,
            requested_by=ada.user,
            verification_type="address",
            document_type="utility_bill",
            document_number="X1234567",
        )
        add_document(verification_id=started.pk, uploaded_by=ada.user, file_name="bill.png", content=PNG)
        wallets = {"debit": ada.wallet.account_id, "credit": bob.wallet.account_id}
        save_draft(EntryDraft.transfer(**wallets, amount=Money(100, "USD"), description="Being prepared"))
        OutboxEvent.objects.create(name="test.parked", payload={}, actor_kind="system", status="parked")
    if not Period.objects.exists():
        create_periods(spans=spans_of_year(clock.today().year - 1, Cycle.MONTH))
    request_check()
    make_revaluation()
    confirm()
    seal_pending()
