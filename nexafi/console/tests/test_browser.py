"""An officer decides an alert by the keyboard alone, in a real browser.

The server's threads and the test's thread see one database: a file on SQLite (the test settings name it), so each has
a connection of its own. Everything is made before the browser starts and looked up after it has closed, because the
browser's driver runs an event loop in this thread, where Django refuses queries.
"""

import os
import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from django.urls import reverse
from playwright import sync_api as playwright_api

from accounts.roles import STAFF_ROLES
from accounts.tests.factories import PASSWORD, make_user
from compliance.models import Alert
from compliance.screening.models import ScreeningHit
from nexafi.approvals.models import Approval
from nexafi.console.tests.factories import make_world
from payments.tests.factories import make_person

CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = [
    pytest.mark.skipif(
        CHROMIUM is None and os.environ.get("REQUIRE_SERVICES") != "1",
        reason="No Chromium is installed; CHROMIUM may name one",
    ),
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("lists"),
]


@pytest.fixture
def held() -> Alert:
    """The alert of a held payment."""
    ada, bob = make_person(balance="20000.00", name="Ada Quill"), make_person(name="Bob Marsh")
    ada.pay(bob, "12000.00")
    return Alert.objects.get()


@pytest.fixture
def email() -> str:
    return make_user("compliance_officer", password=PASSWORD, first_name="Olga", last_name="Officer").email


@pytest.fixture
def browser(held: Alert, email: str) -> Iterator[Any]:
    assert CHROMIUM, "REQUIRE_SERVICES=1, but no Chromium is installed and CHROMIUM names none"
    with playwright_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def open_console(browser: Any, server: str, email: str) -> tuple[Any, list[str]]:
    """A page signed in as `email`, and the errors that its console reports."""
    page = browser.new_context(timezone_id="Europe/Berlin").new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("response", lambda response: errors.append(response.url) if response.status >= 400 else None)
    page.set_default_timeout(10_000)
    page.goto(f"{server}/console/")
    playwright_api.expect(page.locator("#id_username")).to_be_focused()
    page.keyboard.insert_text(email)
    page.keyboard.press("Tab")
    page.keyboard.insert_text(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{server}/console/")
    return page, errors


def test_an_officer_releases_an_alert_by_the_keyboard(live_server: Any, browser: Any, held: Alert, email: str) -> None:
    page, errors = open_console(browser, live_server.url, email)
    keys, expect = page.keyboard, playwright_api.expect

    keys.press("g")
    keys.press("a")
    page.wait_for_url("**/console/compliance/alert/")
    keys.press("j")
    keys.press("Enter")
    page.wait_for_url(f"**/{held.pk}/change/")

    keys.press("r")
    reason = page.get_by_label("Reason")
    expect(reason).to_be_focused()
    keys.press("Escape")
    expect(reason).to_be_hidden()
    expect(page.locator("[data-key=r]")).to_be_focused()  # the focus is back where the dialog came from

    keys.press("r")
    expect(reason).to_be_focused()
    keys.insert_text("j is typed here, not a key: the invoice was checked.")
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Enter")
    expect(page.get_by_text("Released.", exact=True)).to_be_visible()
    expect(page.get_by_text("the invoice was checked").first).to_be_visible()
    expect(page.get_by_role("link", name="Reject")).to_have_count(0)

    page.emulate_media(color_scheme="dark")
    for address in (page.url, f"{live_server.url}/console/"):
        page.goto(address)
        expect(page.locator("html")).to_have_class(re.compile("dark"))
    assert errors == []


def test_keys_are_listed_and_can_be_switched_off_and_times_are_local(
    live_server: Any, browser: Any, held: Alert, email: str
) -> None:
    page, errors = open_console(browser, live_server.url, email)
    keys, expect = page.keyboard, playwright_api.expect
    page.goto(f"{live_server.url}/console/compliance/alert/{held.pk}/change/")
    time = page.locator("time.nx-time").first
    assert time.get_attribute("title").endswith(" UTC")
    assert time.inner_text() != time.get_attribute("title")

    keys.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    for text in ("next / previous row", "Release", "Reject", "Assign", "Alerts"):
        expect(dialog.get_by_text(text, exact=True)).to_be_visible()
    dialog.get_by_role("checkbox").uncheck()
    keys.press("Escape")
    expect(dialog).to_have_count(0)
    keys.press("x")
    expect(page.get_by_label("Reason")).to_have_count(0)
    assert errors == []


WCAG = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
CONTRAST = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
LISTS = (
    "index", "compliance_alert_changelist", "payments_payment_changelist", "accounts_customer_changelist",
    "ledger_account_changelist", "ledger_journalentry_changelist", "approvals_approval_changelist",
    "ledger_account_trial_balance",
)  # fmt: skip


@pytest.fixture
def addresses(held: Alert) -> list[str]:
    """The main pages, with something on each."""
    make_world()
    shown = (held, ScreeningHit.objects.first(), Approval.objects.first())
    pages = [reverse(f"admin:{each._meta.app_label}_{each._meta.model_name}_change", args=[each.pk]) for each in shown]
    return [*(reverse(f"admin:{name}") for name in LISTS), *pages]


@pytest.fixture
def everybody() -> str:
    return make_user(*STAFF_ROLES, password=PASSWORD).email


def faults(page: Any, options: dict[str, Any]) -> set[str]:
    """What axe finds serious or critical on the page, the theme's own included."""
    found = Axe().run(page, options=options).response["violations"]
    return {f"{page.url} {each['id']} {node['target']}" for each in found for node in each["nodes"]
            if each["impact"] in ("serious", "critical")}  # fmt: skip


@pytest.mark.skipif(connection.vendor != "sqlite", reason="Pages look the same on both databases")
def test_main_pages_have_no_serious_fault_of_accessibility_in_light_and_dark(
    live_server: Any, addresses: list[str], everybody: str, browser: Any
) -> None:
    page, _ = open_console(browser, live_server.url, everybody)
    found: set[str] = set()
    for scheme, looked_for in (("light", WCAG), ("dark", CONTRAST)):
        page.emulate_media(color_scheme=scheme)
        for address in addresses:
            page.goto(f"{live_server.url}{address}")
            found |= faults(page, looked_for)
    anonymous = browser.new_page()
    anonymous.goto(f"{live_server.url}/console/login/")
    found |= faults(anonymous, WCAG)
    assert not found, "\n".join(sorted(found))
