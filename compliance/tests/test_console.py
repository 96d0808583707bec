"""The officers' pages: what they show, who may act, and that every act goes through a service with a reason."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.tests.factories import make_user
from audit.models import UnsealedEvent
from compliance.kyc.services.documents import add_document
from compliance.kyc.services.verification import start_verification
from compliance.models import Alert
from compliance.tests.factories import judge, make_alert, make_customer, make_facts, party_of
from compliance.tests.test_api_kyc import PDF, PNG
from compliance.types import Party

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lists")]
QUEUE = "/console/compliance/alert/"
REASON = {"reason": "Checked the invoice with the customer."}


def console(*roles):
    user = make_user(*roles)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.user = user
    return client


@pytest.fixture
def officer():
    return console("compliance_officer")


def page(client, alert):
    return client.get(f"{QUEUE}{alert.pk}/change/")


def act(client, alert, action, data=REASON):
    return submit(client, reverse(f"admin:compliance_alert_{action}", args=[alert.pk]), data)


def submit(client, url, data=REASON):
    """Send an action's dialog."""
    return client.post(url, {**data, "_form_submitted": "True"})


def test_the_queue_opens_on_what_is_mine_or_nobodys(officer):
    mine, free = make_alert("11000.00"), make_alert("52000.00")
    others = make_alert("13000.00")
    Alert.objects.filter(pk=mine.pk).update(status="assigned", assignee=officer.user)
    Alert.objects.filter(pk=others.pk).update(status="assigned", assignee=make_user("compliance_analyst"))
    text = officer.get(QUEUE).content.decode()
    assert str(mine.pk) in text
    assert str(free.pk) in text
    assert str(others.pk) not in text
    assert str(others.pk) in officer.get(f"{QUEUE}?view=active").content.decode()
    assert "Take next" in text


def test_the_queue_and_the_page_stay_within_their_queries(officer, django_assert_max_num_queries):
    alerts = [make_alert() for _ in range(8)]
    with django_assert_max_num_queries(12):
        assert officer.get(f"{QUEUE}?view=active").status_code == 200
    with django_assert_max_num_queries(25):
        assert page(officer, alerts[0]).status_code == 200


def test_the_page_shows_the_payment_both_customers_and_each_rule_against_its_limit(officer):
    sender = make_customer("Amara Okafor", country="VN", days=3)
    alert = make_alert(
        "18500.00", originator=party_of(sender), beneficiary=party_of(make_customer("Jonas Weber", country="DE"))
    )
    text = page(officer, alert).content.decode()
    for shown in ("Amara Okafor", "Jonas Weber", "18,500", "limit 10,000.00 USD", "FATF grey list", "did not fire"):
        assert shown in text, shown
    assert "held until decided" in text


def test_the_page_shows_the_list_entry_beside_the_name(officer):
    decision = judge(make_facts("300.00", beneficiary=Party(name="Ayman al Zawahri", kind="person")))
    text = page(officer, Alert.objects.get(pk=decision.alert_id)).content.decode()
    assert "Screening hits" in text
    assert "QDi.006" in text


def test_alerts_of_every_source_have_a_page(officer):
    customer = make_customer()
    for source in Alert.Source.values:
        alert = Alert.objects.create(
            source=source, severity="low", title=source, subject=customer, dedupe_key=source, due_at=customer.created_at
        )
        assert page(officer, alert).status_code == 200


def test_releasing_asks_for_a_reason_and_then_decides(officer):
    alert = make_alert()
    assert "Reason" in officer.get(reverse("admin:compliance_alert_release", args=[alert.pk])).content.decode()
    act(officer, alert, "release", {"reason": "short"})
    alert.refresh_from_db()
    assert alert.status == "open"
    act(officer, alert, "release")
    alert.refresh_from_db()
    assert (alert.status, alert.decided_by) == ("released", officer.user)
    assert "Released" in page(officer, alert).content.decode()
    bodies = [bytes(body).decode() for body in UnsealedEvent.objects.values_list("body", flat=True)]
    assert any("alert_released" in body and str(officer.user.pk) in body for body in bodies)


def test_an_analyst_assigns_and_comments_but_sees_no_decision_buttons():
    analyst, alert = console("compliance_analyst"), make_alert()
    text = page(analyst, alert).content.decode()
    assert reverse("admin:compliance_alert_release", args=[alert.pk]) not in text
    act(analyst, alert, "assign", {"assignee": ""})
    analyst.post(reverse("admin:compliance_alert_comment", args=[alert.pk]), {"comment": "<b>Asked</b> for papers."})
    act(analyst, alert, "reject")
    alert.refresh_from_db()
    assert (alert.status, alert.assignee) == ("assigned", analyst.user)
    assert "&lt;b&gt;Asked&lt;/b&gt; for papers." in page(analyst, alert).content.decode()


def test_take_next_opens_the_most_urgent_alert(officer):
    make_alert("11000.00")
    urgent = make_alert("52000.00")
    response = officer.post(reverse("admin:compliance_alert_next"))
    assert response["Location"] == f"{QUEUE}{urgent.pk}/change/"
    assert officer.get(reverse("admin:compliance_alert_next")).status_code == 405


@pytest.mark.parametrize("role", ["accountant", "admin"])
def test_other_staff_see_neither_queue_nor_page(role):
    client, alert = console(role), make_alert()
    assert client.get(QUEUE).status_code == 403
    assert page(client, alert).status_code == 403


def test_an_auditor_reads_and_does_not_act():
    auditor, alert = console("auditor"), make_alert()
    assert page(auditor, alert).status_code == 200
    act(auditor, alert, "release")
    auditor.post(reverse("admin:compliance_alert_comment", args=[alert.pk]), {"comment": "I was here."})
    alert.refresh_from_db()
    assert alert.status == "open"
    assert alert.events.count() == 1


def test_the_dashboard_shows_alerts_service_levels_and_kyc(officer):
    make_alert()
    text = officer.get("/console/").content.decode()
    for title in ("Open alerts", "Service levels", "KYC to review", "Sanctions lists", "Due next"):
        assert title in text


# --- KYC -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def verification(officer):
    applicant = make_user("customer")
    started = start_verification(
        customer=make_customer(owner=applicant),
        requested_by=applicant,
        verification_type="identity",
        document_type="passport",
        document_number="X1234567",
    )
    for content in (PNG, PDF):
        add_document(
            verification_id=started.pk, uploaded_by=applicant, content=content, file_name='a"; filename="evil.html'
        )
    return started


def kyc_page(client, verification):
    return client.get(f"/console/compliance/kycverification/{verification.pk}/change/")


def test_the_review_page_shows_what_was_declared_beside_the_documents(officer, verification):
    text = kyc_page(officer, verification).content.decode()
    assert "X1234567" not in text
    assert "••••••67" in text
    shown = officer.post(reverse("admin:compliance_kyc_number", args=[verification.pk])).content.decode()
    assert "X1234567" in shown
    bodies = [bytes(body).decode() for body in UnsealedEvent.objects.values_list("body", flat=True)]
    assert any("kyc_number_viewed" in body for body in bodies)
    assert all("X1234567" not in body for body in bodies)


def test_a_document_is_served_to_compliance_staff_alone_and_never_as_a_page(officer, verification):
    image, pdf = verification.documents.order_by("id")
    response = officer.get(reverse("admin:compliance_kyc_document", args=[image.pk]))
    assert response.content == PNG
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert "sandbox" in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]
    download = officer.get(reverse("admin:compliance_kyc_document", args=[pdf.pk]))
    assert download["Content-Disposition"].startswith("attachment")
    assert 'filename="evil' not in download["Content-Disposition"].replace('\\"', "")
    for role in ("auditor", "accountant", "admin"):
        refused = console(role).get(reverse("admin:compliance_kyc_document", args=[image.pk]))
        assert refused.status_code == 403
    assert Client().get(reverse("admin:compliance_kyc_document", args=[image.pk])).status_code == 302


def test_an_officer_approves_with_words_and_an_analyst_does_not(officer, verification):
    url = reverse("admin:compliance_kycverification_approve", args=[verification.pk])
    submit(console("compliance_analyst"), url)
    verification.refresh_from_db()
    assert verification.status == "documents_received"
    submit(officer, url)
    verification.refresh_from_db()
    assert (verification.status, verification.notes) == ("approved", REASON["reason"])


def test_the_kyc_queue_opens_on_what_waits(officer, verification):
    response = officer.get("/console/compliance/kycverification/", follow=True)
    assert str(verification.pk) in response.content.decode()
    assert officer.get("/console/compliance/rule/").status_code == 200
